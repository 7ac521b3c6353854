import os

import pytest

from testmesh_engine.actions import BUILT_IN, ActionRegistry
from testmesh_engine.executor import FolderSources, SourceError
from testmesh_engine.language import FlowInvalidError, parse_flow

FLOW = "name: {}\nsteps: [{{action: log, config: {{message: x}}}}]\n"


@pytest.fixture
def caller(tmp_path):
    (tmp_path / "shop").mkdir()
    return parse_flow(FLOW.format("caller"), file=str(tmp_path / "shop" / "caller.yaml"))


@pytest.fixture
def sources():
    return FolderSources(ActionRegistry(BUILT_IN), [parse_flow(FLOW.format("known"))])


async def test_a_path_is_relative_to_the_file_of_the_flow_that_names_it(caller, sources, tmp_path):
    (tmp_path / "login.yaml").write_text(FLOW.format("login"))
    found = await sources.flow("../login.yaml", caller)

    assert found.name == "login"
    assert found.file.endswith("login.yaml")


async def test_what_is_no_path_is_the_name_of_a_flow(caller, sources):
    assert (await sources.flow("known", caller)).name == "known"
    with pytest.raises(SourceError, match='no flow is called "nown"; did you mean "known"'):
        await sources.flow("nown", caller)


async def test_a_called_flow_with_faults_tells_them_by_its_own_file(caller, sources, tmp_path):
    (tmp_path / "shop" / "bad.yaml").write_text("name: bad\n")
    with pytest.raises(FlowInvalidError, match=r"bad\.yaml:1:1"):
        await sources.flow("bad.yaml", caller)


async def test_a_file_of_some_megabytes_is_read(caller, sources, tmp_path):
    (tmp_path / "shop" / "rows.csv").write_bytes(b"x" * 4_000_000)

    assert len(await sources.file("rows.csv", caller)) == 4_000_000


async def test_a_folder_and_a_file_that_is_too_large_are_refused(caller, sources, tmp_path, monkeypatch):
    (tmp_path / "shop" / "rows.csv").write_bytes(b"x" * 20)
    monkeypatch.setattr("testmesh_engine.executor.sources.MAX_FILE_BYTES", 10)

    with pytest.raises(SourceError, match="more than 10 bytes"):
        await sources.file("rows.csv", caller)
    with pytest.raises(SourceError, match="cannot be read"):
        await sources.file("..", caller)


async def test_a_pipe_is_refused_and_not_waited_for(caller, sources, tmp_path):
    for name in ("rows.csv", "pipe.yaml"):
        os.mkfifo(tmp_path / "shop" / name)

    with pytest.raises(SourceError, match="it is a pipe, a device or a socket; name a regular file"):
        await sources.file("rows.csv", caller)
    with pytest.raises(SourceError, match="it is a pipe"):
        await sources.flow("pipe.yaml", caller)


async def test_a_name_that_two_files_have_means_neither_of_them(caller):
    one, two = (parse_flow(FLOW.format("twice"), file=file) for file in ("two.yaml", "one.yaml"))

    with pytest.raises(SourceError, match=r'several files .* "twice": one\.yaml, two\.yaml; name the file'):
        await FolderSources(ActionRegistry(BUILT_IN), [one, two]).flow("twice", caller)
    assert await FolderSources(ActionRegistry(BUILT_IN), [one, one]).flow("twice", caller) is one
