"""`--dry-run`: all that is checked before a run, and what would be run; nothing is, and nothing here says it passed."""

from collections.abc import Iterator, Sequence
from typing import Any

from testmesh_cli.checking import refuse_invalid
from testmesh_cli.exit_codes import ExitCode
from testmesh_cli.named_files import with_named
from testmesh_cli.reporting.documents import write_json
from testmesh_cli.reporting.paper import Line, Paper, Span, remark_line, standard_error, standard_output
from testmesh_cli.reporting.values import one_line
from testmesh_cli.running.artifacts import assert_keepable
from testmesh_cli.running.given import GivenVariable, given_to
from testmesh_cli.running.request import RunRequest
from testmesh_cli.sources import FlowFile
from testmesh_cli.unread import unread_variables
from testmesh_cli.variables import env_file_variables
from testmesh_engine.executor.preparation import wrong_inputs
from testmesh_engine.language.models import Flow, Step


def rehearse(files: Sequence[FlowFile], request: RunRequest) -> ExitCode:
    """Say what would be run.

    Raises:
        FlowsInvalidError: something that a flow names is not there, or does not fit.
        NotRunnableError: a flow's `env_file` cannot be read, or artifacts cannot be kept.
    """
    # Its flows are read anew, and know the columns of their rows; the parts of flows are of those that were chosen.
    named = with_named(files)
    refuse_invalid(named, request.output)
    columns = [_columns(file) for file in named]
    for note in unread_variables(request.found(files), request.var_names):
        standard_error().write(remark_line(note))
    if request.artifacts is not None:
        assert_keepable(request.artifacts)
    plans = [_plan(file, request, names) for file, names in zip(files, columns, strict=True)]
    refused = [_is_refused(file, plan, request) for file, plan in zip(files, plans, strict=True)]
    code = ExitCode.ERROR if any(refused) else ExitCode.PASSED
    if request.output is None:
        given = [given_to(file, request, names) for file, names in zip(files, columns, strict=True)]
        _tell(standard_output(), plans, given)
    elif request.output == "json":
        write_json({"dry_run": True, "exit_code": int(code), "flows": plans}, indent=2)
    else:
        for plan in plans:
            write_json({"type": "flow.planned", **plan})
        write_json({"type": "dry_run", "exit_code": int(code), "flows": len(plans)})
    return code


def _is_refused(file: FlowFile, plan: dict[str, Any], request: RunRequest) -> bool:
    """Say whether a flow would be an error before its first step; rows and a server's environment may give inputs."""
    is_missing = plan["missing_inputs"] and file.checked.data is None and request.server is None
    return bool(is_missing or plan["wrong_inputs"])


def _columns(file: FlowFile) -> frozenset[str]:
    data = file.checked.data
    return frozenset() if data is None else data.columns


def _plan(file: FlowFile, request: RunRequest, columns: frozenset[str]) -> dict[str, Any]:
    """Return what would be run of a flow; of variables their names alone, their values may be secret."""
    flow = file.checked
    given = {**env_file_variables(file), **request.settings.variables_for(flow), **request.variables}
    return {
        "file": file.shown,
        "name": flow.name,
        "tags": list(flow.tags),
        "variables": sorted({*flow.env, *given, *(declared.name for declared in flow.inputs)}),
        "missing_inputs": [
            found.name for found in flow.inputs if found.required and found.name not in given.keys() | columns
        ],
        "wrong_inputs": wrong_inputs(flow, given),
        "rows": _rows(flow),
        "steps": list(_steps(flow.phases(), file, "", None)),
    }


def _rows(flow: Flow) -> int | str | None:
    if flow.data is None:
        return None
    return flow.data.file or len(flow.data.rows)


def _steps(steps: Sequence[Step], file: FlowFile, parent: str, above: str | None) -> Iterator[dict[str, Any]]:
    for step in steps:
        path = f"{parent}{step.id}"
        left_out = None if file.part is None else file.part.left_out(file.checked, step)
        skipped = above or left_out or ("disabled" if step.disabled else None)
        yield {"path": path, "name": step.name, "action": step.action, "phase": step.phase, "skipped": skipped}
        yield from _steps(list(step.inner()), file, f"{path}/", skipped)


def _tell(paper: Paper, plans: Sequence[dict[str, Any]], given: Sequence[Sequence[GivenVariable]]) -> None:
    for plan, variables in zip(plans, given, strict=True):
        paper.write([Span(one_line(plan["file"]), "bold"), Span(f"  {one_line(plan['name'])}")])
        for line in _told(plan, variables):
            paper.write(line)
        paper.write([])
    flows = "1 flow" if len(plans) == 1 else f"{len(plans)} flows"
    paper.write([Span(f"dry run: nothing was run, nothing was tested; without --dry-run {flows} would be run", "bold")])


def _told(plan: dict[str, Any], variables: Sequence[GivenVariable]) -> Iterator[Line]:
    if plan["rows"] is not None:
        rows = plan["rows"] if isinstance(plan["rows"], int) else f"each of {plan['rows']}"
        yield [Span(f"  rows: {rows}", "dim")]
    width = max((len(variable.name) for variable in variables), default=0)
    for variable in variables:
        value = "" if variable.value is None else f" = {variable.value}"
        yield [Span(f"  {variable.name:<{width}}{value}  ({one_line(variable.origin)})", "dim")]
    if plan["missing_inputs"]:
        missing = ", ".join(plan["missing_inputs"])
        yield [Span(f"  ! required and not given, so the flow would be an error: {missing}", "yellow")]
    for wrong in plan["wrong_inputs"]:
        yield [Span(f"  ! the flow would be an error: {one_line(wrong)}", "yellow")]
    for step in plan["steps"]:
        indent = "  " * (1 + step["path"].count("/"))
        phase = "" if step["phase"] == "steps" else f"  ({step['phase']})"
        sign, why = ("⤼ ", f"  skipped: {one_line(step['skipped'])}") if step["skipped"] else ("- ", "")
        yield [Span(f"{indent}{sign}{one_line(step['name'])}"), Span(f"{phase}  {step['action']}{why}", "dim")]
