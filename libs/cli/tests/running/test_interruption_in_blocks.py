"""Signals and the blocks that hear them."""

import asyncio
import os
import signal

from testmesh_cli.running.interruption import interruptible
from testmesh_cli.running.pool import Stop


async def test_a_block_hears_again_when_one_inside_it_has_ended():
    outer, inner, said = Stop(), Stop(), []
    with interruptible(outer, said.append, lambda: None):
        with interruptible(inner, said.append, lambda: None, "what is not sent is kept"):
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.wait_for(inner.event.wait(), 5)
        assert (inner.interrupted, outer.interrupted) == (True, False)

        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(outer.event.wait(), 5)

    assert outer.interrupted
    assert said[0] == "interrupted: what is not sent is kept"
