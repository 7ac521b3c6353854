from pathlib import Path

from testmesh_cli.reporting.progress import Progress
from testmesh_cli.running.result import FlowResult
from testmesh_cli.sources import FlowFile
from testmesh_contracts.events import StepStarted
from testmesh_engine.executor.options import now
from testmesh_engine.language import parse_flow

FLOW = parse_flow(b"name: Flow\nsteps: [{action: log, config: {message: x}}]\n", file="a.yaml")
A, B = (FlowFile(Path(f"{name}.yaml"), b"", FLOW) for name in "ab")


def started(name):
    return StepStarted(
        path="s", step_id="s", name=name, action="log", phase="steps", number=1, parent_path=None, iteration=None,
        started_at=now(),
    )  # fmt: skip


def test_the_line_says_what_is_done_what_failed_how_long_it_takes_and_what_runs():
    at = [100.0]
    progress = Progress(3, lambda: at[0])
    assert progress.line() == "0/3 done"

    progress.begins(A)
    progress.tells(A, started("first\nstep"))
    assert progress.line() == "0/3 done · a.yaml: first step"

    progress.begins(B)
    at[0] += 59.9
    assert progress.line() == "0/3 done · 59 s · 2 running · b.yaml: Flow"

    progress.tells(A, started("next"))
    progress.ends(FlowResult(B, "error"))
    at[0] += 5
    assert progress.line() == "1/3 done · 1 not passed · 1 min 4 s · a.yaml: next"

    progress.ends(FlowResult(A, "passed"))
    assert progress.line() == "2/3 done · 1 not passed · 1 min 4 s"


def test_of_a_single_flow_there_is_nothing_to_count():
    progress = Progress(1, lambda: 0.0)
    progress.begins(A)

    assert progress.line() == "a.yaml: Flow"
