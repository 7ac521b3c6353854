"""Cases carried out by `testmesh run`, as many as can be in one process."""

import json
import signal
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from testmesh_contracts.events import StepFinished
from testmesh_engine.language import Diagnostic
from tests.flows.cases import ROOT, Case
from tests.flows.seen import Seen, seen_invalid, seen_run
from tests.flows.stub import Stub
from tests.house.running import TESTMESH

WITHIN_S = 60


@dataclass(frozen=True, slots=True)
class Invocation:
    """One process: the exit code, and what it said of each case, by the case's name."""

    exit_code: int
    seen: dict[str, Seen]


def carry_out(cases: Sequence[Case], folder: Path, stub: Stub) -> list[Invocation]:
    """Run the cases; those that are given the same share a process, unless one is cancelled or calls by name."""
    together: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        alone = case.name if case.cancel is not None or case.beside else case.status == "invalid"
        together[json.dumps([alone, _variables(case, stub), case.given.seed])].append(case)
    return [_invoke(group, folder, stub) for group in together.values()]


def _variables(case: Case, stub: Stub) -> dict[str, Any]:
    """A command line has variables alone; one that is called as an input is its value."""
    return {**stub.variables_of(case), **case.given.inputs}


def _invoke(cases: Sequence[Case], folder: Path, stub: Stub) -> Invocation:
    first, by_file = cases[0], {case.file: case for case in cases}
    given = folder / "given.json"
    given.write_text(json.dumps(_variables(first, stub)))
    command = [str(TESTMESH), "run", *by_file, *first.beside, "--seed", str(first.given.seed), "--var-file", str(given)]
    if first.cancel is not None:
        return _interrupted(first, command, stub)
    done = subprocess.run([*command, "-o", "json"], cwd=ROOT, capture_output=True, text=True, timeout=WITHIN_S)
    assert done.stdout, done.stderr
    document = json.loads(done.stdout)
    assert document["exit_code"] == done.returncode
    seen = _faults(document, by_file) if "files" in document else _results(document["flows"], by_file, stub)
    return Invocation(done.returncode, dict(seen))


def _interrupted(case: Case, command: list[str], stub: Stub) -> Invocation:
    """Send Ctrl-C when the step has begun; read the events of the flow, one a line."""
    with subprocess.Popen([*command, "-o", "ndjson"], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        steps, ended = [], {}
        for line in process.stdout:
            event = json.loads(line)
            if event["type"] == "step.started" and event["path"] == case.cancel:
                process.send_signal(signal.SIGINT)
            elif event["type"] == "step.finished":
                steps.append({name: value for name, value in event.items() if name != "file"})
            elif event["type"] == "flow.finished":
                ended = event
    return Invocation(process.returncode, dict(_results([{**ended, "steps": steps}], {case.file: case}, stub)))


def _results(flows: Iterable[dict[str, Any]], by_file: dict[str, Case], stub: Stub) -> Iterator[tuple[str, Seen]]:
    for flow in flows:
        if flow["file"] not in by_file:
            continue
        steps = [StepFinished.model_validate(step) for step in flow["steps"]]
        seen = seen_run(
            flow["status"], flow["error_code"], flow["error_message"], steps, flow["outputs"], flow["warnings"]
        )
        # A terminal knows who ended the run; elsewhere it is the execution that was cancelled.
        seen.words = stub.unnamed(seen.words).replace("interrupted by Ctrl-C", "the execution was cancelled")
        yield by_file[flow["file"]].name, seen


def _faults(document: dict[str, Any], by_file: dict[str, Case]) -> Iterator[tuple[str, Seen]]:
    for file in document["files"]:
        case = by_file[file["file"]]
        yield case.name, seen_invalid(case, [Diagnostic(**fault) for fault in file["faults"]])
