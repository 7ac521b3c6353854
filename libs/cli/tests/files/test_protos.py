"""Proto files that a flow names, and what these import: looked at, watched, and sent along with it."""

from pathlib import Path

import pytest

from testmesh_cli.mentioned import along, found_files
from testmesh_cli.named_files import with_named
from testmesh_cli.named_flows import NamedFlows
from testmesh_cli.reach import reach_of
from testmesh_cli.sources import read_flow

CALL = """\
name: calls
steps:
  - action: grpc_call
    config: {{address: "a:1", service: shop.S, method: M, proto: {proto}}}
"""
A = 'syntax = "proto3"; package shop; import "shop/b.proto"; service S { rpc M(B) returns (B); }'
B = 'syntax = "proto3"; package shop; import "google/protobuf/any.proto"; message B { string x = 1; }'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path, text in {"protos/shop/a.proto": A, "protos/shop/b.proto": B}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def flow(folder, proto="protos/shop/a.proto", name="flow.yaml"):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(CALL.format(proto=proto))
    return read_flow(Path(name))


def told(file):
    (looked_at,) = with_named([file])
    return [(fault.code, fault.line) for fault in looked_at.faults], [fault.message for fault in looked_at.faults]


def test_imports_travel_by_the_paths_under_which_they_are_looked_for(folder):
    assert found_files(flow(folder)) == {"protos/shop/a.proto": A.encode(), "protos/shop/b.proto": B.encode()}


def test_what_a_called_flow_names_travels_as_seen_from_the_first(folder):
    flow(folder, "../protos/shop/a.proto", "parts/inner.yaml")
    (folder / "main.yaml").write_text("name: main\nsteps: [{action: run_flow, config: {flow: parts/inner.yaml}}]\n")
    main = read_flow(Path("main.yaml"))

    assert set(along(main, NamedFlows([main]))["files"]) == {
        "parts/inner.yaml", "protos/shop/a.proto", "protos/shop/b.proto",
    }  # fmt: skip


def test_an_import_is_reached_so_that_watch_sees_it_change(folder):
    file = flow(folder)

    reached = reach_of(file, NamedFlows([file]))

    assert {path.relative_to(folder).as_posix() for path in reached} == {
        "flow.yaml", "protos/shop/a.proto", "protos/shop/b.proto",
    }  # fmt: skip


def test_sound_proto_files_are_no_fault(folder):
    assert told(flow(folder)) == ([], [])


def test_a_proto_file_that_is_not_there_is_one(folder):
    codes, messages = told(flow(folder, "protos/none.proto"))

    assert codes == [("TM456", 4)]
    assert "protos/none.proto" in messages[0]


def test_a_proto_file_that_cannot_be_read_is_one_with_its_line(folder):
    (folder / "protos/shop/b.proto").write_text("message B {\n  string x = ;\n}")
    codes, messages = told(flow(folder))

    assert codes == [("TM531", 4)]
    assert "protos/shop/b.proto:2:14" in messages[0]


def test_a_missing_import_is_told(folder):
    (folder / "protos/shop/b.proto").unlink()
    codes, messages = told(flow(folder))

    assert codes == [("TM531", 4)]
    assert "shop/b.proto" in messages[0]
