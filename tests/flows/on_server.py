"""Cases carried out by a running server: asked for in bulk, read back as they are recorded."""

import posixpath
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from testmesh_cli.reporting.steps import finished_step
from testmesh_contracts.executions import ExecutionView
from testmesh_engine.language import Diagnostic, FlowInvalidError, parse_flow
from testmesh_engine.language.mentions import is_path, mentioned_files, mentioned_flows, place_of
from tests.flows.cases import ROOT, Case
from tests.flows.seen import Seen, fault_place, seen_invalid, seen_run
from tests.flows.stub import Stub
from tests.house.running import House, wait

WITHIN_S = 60
CANCELLED = ("cancelled", "cancelled by request")
"""A server says who wanted it; the steps say what they say everywhere."""
YAML = {"Content-Type": "application/yaml"}


def carry_out(cases: Sequence[Case], house: House, stub: Stub) -> dict[str, Seen]:
    """Check every flow, start those that are valid, wait for all; return what was seen by the case's name."""
    seen = {case.name: _checked(case, house) for case in cases}
    valid = [case for case in cases if seen[case.name].status != "invalid" and not case.refused]
    answer = house.api.post("/executions", json={"items": [_order(case, stub) for case in valid]})
    assert answer.status_code == 202, answer.text
    started = {case.name: item["id"] for case, item in zip(valid, answer.json()["items"], strict=True)}
    for case in valid:
        if case.cancel is not None:
            _cancel(case.cancel, started[case.name], house)
    for case in valid:
        notes = seen[case.name].notes
        seen[case.name] = _recorded(house.until_finished(started[case.name], WITHIN_S), stub)
        seen[case.name].notes = notes
    return seen


def refused(case: Case, house: House, stub: Stub) -> list[str]:
    """Return the faults for which a server does not take a case: each with its place where that is in a text."""
    answer = house.api.post("/executions", json=_order(case, stub))
    assert answer.status_code == 422, answer.text
    return [" ".join([fault["code"], *_place(fault)]) for fault in answer.json()["errors"]]


def _place(fault: dict[str, Any]) -> list[str]:
    return [f"{fault['line']}:{fault['column']}"] if "line" in fault else []


def _checked(case: Case, house: House) -> Seen:
    answer = house.api.post("/flows/validate", content=case.source.encode(), headers=YAML)
    told = answer.json()
    if answer.status_code != 200:
        return _of_problem(case, answer.status_code, told)
    return Seen("valid", notes=[fault_place(_diagnostic(case, note)) for note in told["notes"]])


def _of_problem(case: Case, status: int, problem: dict[str, Any]) -> Seen:
    assert (status, problem["code"]) == (422, "flow_invalid"), problem
    return seen_invalid(case, [_diagnostic(case, fault) for fault in problem["errors"]])


def _diagnostic(case: Case, fault: dict[str, Any]) -> Diagnostic:
    return Diagnostic(
        fault["code"],
        fault["detail"],
        case.file,
        fault["line"],
        fault["column"],
        fault["pointer"],
        fault.get("hint", ""),
    )


def _order(case: Case, stub: Stub) -> dict[str, Any]:
    return {
        "source": case.source,
        "variables": stub.variables_of(case),
        "inputs": case.given.inputs,
        "labels": {"case": case.name},
        **_along(case),
    }


def _along(case: Case) -> dict[str, Any]:
    """Return the files that a case names, as far as they are there, and those that it means by a name."""
    folder, files = posixpath.dirname(case.file), dict[str, bytes]()
    known = {parse_flow((ROOT / file).read_bytes()).name: posixpath.relpath(file, folder) for file in case.beside}
    calls = dict[str, str]()
    waiting = [("", case.source.encode())]
    while waiting:
        place, source = waiting.pop()
        try:
            flow = parse_flow(source)
        except FlowInvalidError:
            continue
        called = [mention.text for mention in mentioned_flows(flow)]
        calls |= {name: known[name] for name in called if name in known}
        for name in [*(mention.text for mention in mentioned_files(flow)), *(known.get(name, name) for name in called)]:
            found, path = place_of(name, place), ROOT / folder / place_of(name, place)
            if found not in files and path.is_file():
                files[found] = path.read_bytes()
                waiting += [(found, files[found])] if is_path(name) else []
    return {"files": {name: b64encode(data).decode() for name, data in files.items()}, "calls": calls}


def _cancel(path: str, execution_id: str, house: House) -> None:
    """Cancel an execution when a step of it runs."""

    def runs() -> bool:
        return any(step["path"] == path for step in house.execution(execution_id)["steps"])

    wait(runs, f"the step {path} to begin", WITHIN_S)
    assert house.api.post(f"/executions/{execution_id}/cancel").status_code == 202


def _recorded(found: dict[str, Any], stub: Stub) -> Seen:
    view = ExecutionView.model_validate(found)
    steps = [step for step in map(finished_step, view.steps) if step is not None]
    assert len(steps) == len(view.steps), "a step was left running"
    assert view.lost_events == 0
    code, message = view.error_code, view.error_message
    if (code, message) == CANCELLED:
        code, message = "TM414", "the execution was cancelled"
    seen = seen_run(view.status, code, message, steps, view.outputs, view.warnings)
    seen.words = stub.unnamed(seen.words)
    return seen
