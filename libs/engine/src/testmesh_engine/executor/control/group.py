"""`group`: steps in order, that pass, fail, are repeated and are skipped as one."""

from testmesh_engine.executor.block import run_block
from testmesh_engine.executor.control.attempt import Work
from testmesh_engine.executor.control.ending import Ending, of_tally
from testmesh_engine.language.controls import Group


async def run_group(group: Group, work: Work) -> Ending:
    """Carry out the steps; what they set is set for the steps after the group, too."""
    tally = await run_block(group.steps, work.inner, work.course)
    return of_tally(tally, {"outputs": dict(tally.variables)})
