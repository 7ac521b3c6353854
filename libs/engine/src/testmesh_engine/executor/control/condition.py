"""`condition`: one of two lists of steps; the other one is recorded as skipped."""

from testmesh_engine.executor.block import run_block
from testmesh_engine.executor.control.attempt import Work
from testmesh_engine.executor.control.ending import Ending, of_tally
from testmesh_engine.expressions import ExpressionError
from testmesh_engine.language.controls import Condition


async def run_condition(condition: Condition, work: Work) -> Ending:
    """Carry out `then` or `else`; a test that is neither true nor false is an error, never an `else`."""
    test = condition.test
    try:
        holds = test.evaluate(work.inner.scope.outside())
    except ExpressionError as error:
        return Ending("error", error.code, f"if: {error.message}", is_mistake=True)
    if not isinstance(holds, bool):
        message = f"if: {test.text} is neither true nor false; compare it with something"
        return Ending("error", "TM403", message, is_mistake=True)
    chosen, other = (condition.then, condition.otherwise) if holds else (condition.otherwise, condition.then)
    said = f"if: {test.text} is {str(holds).lower()}"
    work.course.recorder.passes_over(other, work.inner, said)
    if not chosen:
        return Ending("skipped", None, said, {"holds": holds})
    tally = await run_block(chosen, work.inner, work.course)
    return of_tally(tally, {"holds": holds, "outputs": dict(tally.variables)})
