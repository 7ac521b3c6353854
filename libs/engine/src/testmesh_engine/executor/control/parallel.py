"""`parallel`: branches side by side, each with variables of its own over those of its parent."""

from typing import Any

from testmesh_engine.executor.control.attempt import Work
from testmesh_engine.executor.control.ending import Ending, of_records
from testmesh_engine.executor.control.side_by_side import SideBySide
from testmesh_engine.executor.interruption import halted_by
from testmesh_engine.executor.recorder import Record
from testmesh_engine.language.controls import Parallel
from testmesh_engine.language.models import Step


async def run_parallel(parallel: Parallel, work: Work) -> Ending:
    """Carry out the branches; afterwards `branches.NAME.outputs` holds what each one set."""
    course, inner = work.course, work.inner
    ended: dict[str, Record] = {}
    together = SideBySide()

    async def carry_out(branch: Step) -> None:
        record = await course.run_step(branch, inner.under(inner.scope.apart()))
        ended[branch.id] = record
        if parallel.fail_fast and record.status in ("failed", "error"):
            inner.stop.own = inner.stop.own or halted_by(f"the branch {branch.id}")
            together.halt()

    try:
        await together.run(parallel.branches, parallel.max_concurrent, carry_out)
    finally:
        left = [branch for branch in parallel.branches if branch.id not in ended]
        course.recorder.passes_over(left, inner, f"not run: {inner.stop.why.message}" if left else "")
    results = {branch.id: _told(ended.get(branch.id)) for branch in parallel.branches}
    branches = inner.scope.results.get("branches", {})
    inner.scope.results["branches"] = {**branches, **results}
    return of_records(ended.values(), {"branches": results})


def _told(record: Record | None) -> dict[str, Any]:
    """Return what there is to say of a branch; without a record it was cut off, or never begun."""
    if record is None:
        return {"status": "cancelled", "outputs": {}}
    return {"status": record.status, "outputs": dict(record.variables)}
