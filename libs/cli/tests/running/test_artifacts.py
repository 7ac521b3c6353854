from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testmesh_cli.errors import NotRunnableError
from testmesh_cli.running.artifacts import LONGEST_NAME, KeptArtifacts, safe_name
from testmesh_cli.sources import FlowFile
from testmesh_contracts.events import ArtifactStored
from testmesh_contracts.ids import uuid7
from testmesh_engine.artifacts import FolderStore, key_of
from testmesh_engine.executor.options import now

FLOW = FlowFile(Path("../flows/order.yaml"), b"", None)


@pytest.fixture
def stored(tmp_path):
    store = FolderStore(tmp_path / "store")

    async def put(path, name, data):
        artifact_id = uuid7()
        kept = await store.put(key_of("e-1", artifact_id), data)
        return ArtifactStored(
            artifact_id=artifact_id, path=path, name=name, content_type="text/plain", storage_path=kept.storage_path,
            size_bytes=kept.size_bytes, sha256=kept.sha256, at=now(),
        )  # fmt: skip

    return put


def files_in(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def test_artifacts_are_files_by_flow_step_and_name(tmp_path, stored):
    kept, out = KeptArtifacts(tmp_path / "out"), tmp_path / "out"
    found = [await stored("pay[2]/login[0]@2", "shot.png", b"1"), await stored(None, "all", b"2")]

    assert kept.keep(FLOW, found, tmp_path / "store") == []
    assert files_in(out) == {"flows-order.yaml/pay-2-login-0-2/shot.png": b"1", "flows-order.yaml/flow/all": b"2"}
    assert kept.count == 2


async def test_no_artifact_takes_the_place_of_another(tmp_path, stored):
    kept = KeptArtifacts(tmp_path / "out")
    found = [
        await stored("a", "x.png", b"1"), await stored("a", "x.png", b"2"), await stored("a", "X.png", b"3"),
        await stored("a", "x.png", b"1"),
    ]  # fmt: skip
    kept.keep(FLOW, found, tmp_path / "store")
    kept.keep(FLOW._replace(path=Path("flows/order.yaml")), found[:1], tmp_path / "store")
    kept.keep(FLOW._replace(repetition=(2, 3)), found[:1], tmp_path / "store")

    assert files_in(tmp_path / "out") == {
        "flows-order.yaml/a/x.png": b"1",
        "flows-order.yaml/a/x-2.png": b"2",
        "flows-order.yaml/a/X-3.png": b"3",
        "flows-order-2.yaml/a/x.png": b"1",
        "flows-order.yaml-2-3/a/x.png": b"1",
    }


@pytest.mark.parametrize("name", ["../../../etc/passwd", "/etc/passwd", "..", "", "a/b\\c", "\x00\x1b[2J", "x" * 300])
async def test_names_are_data_and_lead_nowhere_else(tmp_path, stored, name):
    kept = KeptArtifacts(tmp_path / "out")

    assert kept.keep(FLOW, [await stored(name, name, b"1")], tmp_path / "store") == []
    (found,) = files_in(tmp_path / "out")
    assert len(Path(found).parts) == 3


@given(st.text(max_size=200))
def test_a_safe_name_is_one_part_of_a_path_and_no_hidden_one(name):
    safe = safe_name(name)

    assert 0 < len(safe) <= LONGEST_NAME
    assert Path(safe).name == safe
    assert not safe.startswith((".", "-"))
    assert safe.isascii()


async def test_what_cannot_be_kept_is_told(tmp_path, stored):
    kept = KeptArtifacts(tmp_path / "out")
    (tmp_path / "out" / "flows-order.yaml").write_text("a file is in the way")

    (wrong,) = kept.keep(FLOW, [await stored("a", "x.png", b"1")], tmp_path / "store")

    assert "the artifact x.png of step a was not kept" in wrong
    assert (kept.failed, kept.count) == (True, 0)


def test_a_folder_that_cannot_be_written_to_is_told_before_anything_is_run(tmp_path):
    (tmp_path / "out").write_text("a file is in the way")

    with pytest.raises(NotRunnableError, match="--artifacts"):
        KeptArtifacts(tmp_path / "out")
