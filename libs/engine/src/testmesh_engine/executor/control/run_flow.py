"""`run_flow`: another flow inside this execution; its outputs are the step's result, its steps are children."""

from testmesh_contracts.message import StepStatus
from testmesh_engine.executor.control.attempt import Work
from testmesh_engine.executor.control.ending import Ending
from testmesh_engine.executor.flow_execution import FlowExecution
from testmesh_engine.executor.preparation import Given
from testmesh_engine.language.controls import RunFlow


async def run_called_flow(call: RunFlow, work: Work) -> Ending:
    """Carry out the flow with the environment's and the caller's variables, and the inputs given here; nothing else."""
    course, inner = work.course, work.inner
    called = course.called[inner.flow.file, inner.flow.digest, call.flow]
    inputs = work.given.get("inputs", {})
    if not isinstance(inputs, dict):
        return Ending("error", "TM413", "inputs: a map of the flow's inputs belongs here")
    given = Given(course.options.variables, inputs)
    execution = FlowExecution(called, course, given, inner.stop, inner.parent, inner.attempt)
    verdict = await execution.run()
    result = {"flow": called.name, "status": verdict.status, **verdict.outputs, "outputs": verdict.outputs}
    if verdict.status == "passed":
        return Ending(result=result)
    status: StepStatus = "failed" if verdict.status == "failed" else "error"
    return Ending(status, verdict.code, f'the flow "{called.name}": {verdict.message}', result)
