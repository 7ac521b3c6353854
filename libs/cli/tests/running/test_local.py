"""A flow that is run in this process."""

import asyncio

from testmesh_cli.running.local import LocalRunner
from testmesh_cli.sources import read_flow
from testmesh_engine.actions.http_request import HttpRequestAction
from testmesh_engine.executor import NoSources
from testmesh_sdk import Resources


class Deaf:
    """A report that nobody reads."""

    def begins(self, file, execution_id):
        pass

    def tells(self, file, event):
        pass

    def ends(self, result):
        pass


async def test_what_actions_have_to_load_is_no_part_of_the_time_that_a_flow_took(tmp_path, monkeypatch):
    seconds, loaded = [0.0], []

    def load(self):
        seconds[0] += 0.0 if loaded else 100.0
        loaded.append(self.name)

    monkeypatch.setattr(HttpRequestAction, "load", load)
    path = tmp_path / "a.yaml"
    path.write_text("name: a\nsteps: [{action: http_request, config: {method: GET, url: 'nowhere'}}]\n")
    async with asyncio.timeout(30):
        result = await LocalRunner(
            report=Deaf(), variables={}, seed=1, resources=Resources(), artifacts=tmp_path, sources=NoSources(),
            cancel=asyncio.Event(), stopwatch=lambda: seconds[0],
        ).run(read_flow(path))  # fmt: skip

    assert loaded[0] == "http_request"
    assert result.duration_ms == 0.0
