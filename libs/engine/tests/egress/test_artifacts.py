"""What makes the pieces of an artifact is held to the policy of its flow; the store is no target of the flow."""

import asyncio

import pytest

from testmesh_contracts.events import ArtifactStored, StepFinished
from testmesh_sdk import Action, ActionConfig, ActionResult

SOURCE = "name: a\nsteps: [{id: a, action: fetches}]\n"


class Fetches(Action):
    """Attaches what it fetches while it is attached."""

    name = "fetches"
    config = ActionConfig

    async def run(self, config, context):
        async def pieces():
            yield b"begins"
            _, writer = await asyncio.open_connection("127.0.0.1", context.variables["port"])
            writer.close()
            yield b" and ends"

        await context.attach("fetched", pieces(), "text/plain")
        return ActionResult()


@pytest.mark.parametrize(("loopback", "told"), [(False, ("error", "TM440", 0)), (True, ("passed", None, 1))])
def test_pieces_that_are_fetched_connect_only_where_their_flow_may(run, tools, loopback, told):
    async def scenario():
        async with tools.listening() as server:
            egress = tools.policed(loopback=loopback)
            played = await tools.play(SOURCE, egress, actions=[Fetches], port=server.port)
            await asyncio.sleep(0)
            return played, server.count

    played, count = run(scenario)
    (step,) = (event for event in played.events if isinstance(event, StepFinished))
    kept = [event for event in played.events if isinstance(event, ArtifactStored)]

    assert (step.status, step.error_code, len(kept)) == told
    assert count <= len(kept)
