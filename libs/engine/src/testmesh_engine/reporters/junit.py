"""JUnit XML: a test case a flow, or a test case a step.

An assertion that does not hold is a failure; what could not be judged, or was cut off, is an error; what was not
begun is skipped, with the reason. A run that does not end with 0 is never all green here.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import PurePath
from typing import Literal
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from testmesh_contracts.events import Attempt, StepFinished
from testmesh_engine.reporters.explanation import Places, explained, flow_explained, why
from testmesh_engine.reporters.model import FlowReport, RunReport
from testmesh_engine.reporters.secrecy import without_secrets
from testmesh_engine.reporters.tree import in_order, tree
from testmesh_engine.reporters.verdicts import Verdicts
from testmesh_engine.reporters.wording import cut, legal, one_line, pretty, step_title

Granularity = Literal["flow", "step"]
LONGEST_TEXT = 64 * 1024
LONGEST_MESSAGE = 1_000
LONGEST_EXCHANGE = 16 * 1024
DEFAULT_SUITE = "testmesh"


def junit_xml(report: RunReport, granularity: Granularity = "flow") -> bytes:
    """Return the whole file."""
    root = Element("testsuites", name="testmesh", time=_seconds(report.duration_ms), timestamp=_time(report.started_at))
    classes = _class_names({flow.file for flow in report.flows})
    if granularity == "step":
        for flow in report.flows:
            _flow_as_suite(root, flow, classes[flow.file])
    else:
        by_suite = sorted(report.flows, key=lambda flow: flow.suite or DEFAULT_SUITE)
        for suite, flows in groupby(by_suite, key=lambda flow: flow.suite or DEFAULT_SUITE):
            _suite_of_flows(root, suite, list(flows), classes)
    if report.exit_code and not _is_red(root):
        _add_end_of_run(root, report)
    _count(root)
    indent(root)
    xml: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return xml + b"\n"


def _is_red(root: Element) -> bool:
    return root.find(".//failure") is not None or root.find(".//error") is not None


def _add_end_of_run(root: Element, report: RunReport) -> None:
    suite = _suite(root, "testmesh run", report.started_at, 0.0)
    case = _case(suite, "the run as a whole", "testmesh", 0.0)
    SubElement(case, "error", message=report.not_green, type="run_not_green")


def _suite_of_flows(root: Element, name: str, flows: Sequence[FlowReport], classes: Mapping[str, str]) -> None:
    starts = [flow.started_at for flow in flows if flow.started_at is not None]
    seconds = sum(flow.duration_ms or 0.0 for flow in flows)
    suite = _suite(root, name, min(starts, default=None), seconds)
    for flow in flows:
        case = _case(suite, flow.title, classes[flow.file], flow.duration_ms)
        case.set("file", _attribute(flow.file))
        _add_properties(case, flow)
        _add_outcome(case, flow)
        _add_text(case, "system-out", "\n".join(_told(flow)))


def _add_outcome(case: Element, flow: FlowReport) -> None:
    if flow.status == "passed":
        for step, tried in Verdicts(flow).flaky():
            _add_flaky(case, step, tried, f"{step_title(step)}: ")
        return
    tag = {"failed": "failure", "not_run": "skipped"}.get(flow.status, "error")
    found = SubElement(case, tag, message=_attribute(why(flow)), type=_attribute(flow.error_code or flow.status))
    found.text = _text("\n".join(flow_explained(flow)))


def _flow_as_suite(root: Element, flow: FlowReport, class_name: str) -> None:
    suite = _suite(root, flow.title, flow.started_at, flow.duration_ms)
    suite.set("file", _attribute(flow.file))
    _add_properties(suite, flow)
    verdicts, places = Verdicts(flow), Places(flow)
    for placed in in_order(tree(flow.steps)):
        _step_as_case(suite, placed.step, class_name, verdicts, places)
    if flow.status != "passed" and not _is_red(suite):
        # Nothing that a step says makes it red, and it is: the flow speaks for itself.
        case = _case(suite, "the flow as a whole", class_name, 0.0)
        _add_outcome(case, flow)
    _add_text(suite, "system-out", "\n".join(_facts(flow)))


def _step_as_case(suite: Element, step: StepFinished, class_name: str, verdicts: Verdicts, places: Places) -> None:
    name = step_title(step) if step.name == step.path else f"{step_title(step)} ({step.path})"
    case = _case(suite, name, f"{class_name}.{step.phase}", step.duration_ms)
    reason = one_line(step.error_message or step.status)
    if step.status == "passed":
        for tried in verdicts.weak_attempts(step):
            _add_flaky(case, step, tried, "")
    elif step.status == "skipped":
        SubElement(case, "skipped", message=_attribute(reason))
    elif verdicts.is_tolerated(step):
        SubElement(
            case, "skipped", message=_attribute(f"{step.status}, and did not decide how its flow ended: {reason}")
        )
    else:
        tag = "failure" if step.status == "failed" else "error"
        found = SubElement(case, tag, message=_attribute(reason), type=_attribute(step.error_code or step.status))
        found.text = _text("\n".join(explained(step, places)))
    _add_text(case, "system-out", "\n".join(_exchange(step)) if step.status != "passed" else "")


def _exchange(step: StepFinished) -> list[str]:
    parts = (("input", without_secrets(step.input)), ("output", step.output))
    return [f"{name}:\n{cut(legal(pretty(value)), LONGEST_EXCHANGE)}" for name, value in parts if value is not None]


def _told(flow: FlowReport) -> list[str]:
    """Return what stands in a flow's system-out: its facts, and of the steps that did not pass what went to and fro."""
    lines = _facts(flow)
    for step in Verdicts(flow).causes() if flow.status != "passed" else ():
        lines += ["", f"{step_title(step)}:", *_exchange(step)]
    return lines


def _facts(flow: FlowReport) -> list[str]:
    lines = [f"! {one_line(warning)}" for warning in flow.warnings]
    lines += [f"run it again: {one_line(flow.command_again)}"] if flow.command_again and flow.status == "passed" else []
    for artifact in flow.artifacts:
        kind = f"{one_line(artifact.content_type)}, {artifact.size_bytes} bytes, sha256 {artifact.sha256}"
        lines.append(f"attachment: {one_line(artifact.name)} ({kind})")
        lines += [f"[[ATTACHMENT|{one_line(artifact.file)}]]"] if artifact.file else []
    return lines


def _add_flaky(case: Element, step: StepFinished, tried: Attempt, before: str) -> None:
    message = f"{before}attempt {tried.number} {tried.status}: {one_line(tried.error_message or 'no reason was given')}"
    found = SubElement(
        case, "flakyFailure", message=_attribute(message), type=_attribute(tried.error_code or tried.status)
    )
    found.set("timestamp", _time(tried.started_at))
    found.text = _text(f"{step.path}\n{tried.error_message or ''}")


def _add_properties(parent: Element, flow: FlowReport) -> None:
    pairs: list[tuple[str, object]] = [("file", flow.file), *(("tag", tag) for tag in flow.tags)]
    pairs += [(name, getattr(flow, name)) for name in ("suite", "environment", "seed", "execution_id", "repetition")]
    found = SubElement(parent, "properties")
    for name, value in pairs:
        if value is not None:
            SubElement(found, "property", name=name, value=_attribute(str(value)))


def _suite(root: Element, name: str, started_at: datetime | None, milliseconds: float | None) -> Element:
    suite = SubElement(root, "testsuite", name=_attribute(name), time=_seconds(milliseconds))
    if started_at is not None:
        suite.set("timestamp", _time(started_at))
    return suite


def _case(suite: Element, name: str, class_name: str, milliseconds: float | None) -> Element:
    return SubElement(
        suite, "testcase", name=_attribute(name), classname=_attribute(class_name), time=_seconds(milliseconds)
    )


def _class_names(files: Collection[str]) -> dict[str, str]:
    """Return files as programs expect classes: by dots, without what they end in, where that tells them apart."""
    short = {file: _class_name(PurePath(file).with_suffix("")) for file in files}
    count = Counter(short.values())
    return {file: name if count[name] == 1 else _class_name(PurePath(file)) for file, name in short.items()}


def _class_name(path: PurePath) -> str:
    return ".".join(part for part in path.parts if part not in (path.anchor, ".", "..")) or "flow"


def _count(root: Element) -> None:
    total = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for suite in root.iter("testsuite"):
        cases = suite.findall("testcase")
        found = {"tests": len(cases)}
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            found[name] = sum(case.find(tag) is not None for case in cases)
        for name, number in found.items():
            suite.set(name, str(number))
            total[name] += number
    for name, number in total.items():
        root.set(name, str(number))


def _add_text(parent: Element, tag: str, text: str) -> None:
    if text.strip():
        SubElement(parent, tag).text = _text(text)


def _text(text: str) -> str:
    return cut(legal(text), LONGEST_TEXT)


def _attribute(text: str) -> str:
    return cut(one_line(text), LONGEST_MESSAGE)


def _seconds(milliseconds: float | None) -> str:
    return f"{(milliseconds or 0.0) / 1000:.3f}"


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
