"""Allure 2 results: a file a flow in a folder, with its steps nested and what they sent and received beside it.

A folder may hold the results of several runs and tools, as Allure expects: files are added, none is taken away.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import PurePath
from typing import Any
from uuid import uuid4

from testmesh_contracts.events import StepFinished
from testmesh_engine.reporters.explanation import Places, explained, flow_explained, why
from testmesh_engine.reporters.model import Artifact, FlowReport, RunReport
from testmesh_engine.reporters.secrecy import without_secrets
from testmesh_engine.reporters.tree import Placed, tree
from testmesh_engine.reporters.verdicts import Verdicts
from testmesh_engine.reporters.wording import cut, legal, one_line, pretty, shown_value, step_title

LONGEST_TEXT = 64 * 1024
LONGEST_ATTACHMENT = 1024 * 1024
LONGEST_VALUE = 500
MOST_ATTEMPTS = 20
STATUSES: Mapping[str, str] = {
    "passed": "passed",
    "failed": "failed",
    "error": "broken",
    "cancelled": "broken",
    "skipped": "skipped",
    "not_run": "skipped",
}

Put = Callable[[str, bytes], None]
"""Takes a file of the folder: its name, its bytes."""
Read = Callable[[Artifact], bytes | None]
"""Gives the bytes of a file that a step left; None where they are gone."""


def write_results(report: RunReport, put: Put, read: Read) -> None:
    """Hand over every file: attachments first, so that no result names one that is not there."""
    for flow in report.flows:
        result = _Result(flow, report, put, read).document()
        put(f"{result['uuid']}-result.json", _encoded(result))
    if report.exit_code and not report.has_red:
        result = _end_of_run(report)
        put(f"{result['uuid']}-result.json", _encoded(result))


def history_id(flow: FlowReport) -> str:
    """Return what is the same for a flow in every run; each repetition and environment has its own.

    Results of one id are shown as tries of one test, of which the last counts: a repetition that failed must not
    be covered by one that passed after it.
    """
    return _digest(flow.file, flow.name, flow.environment or "", str(flow.repetition or ""))


class _Result:
    def __init__(self, flow: FlowReport, run: RunReport, put: Put, read: Read) -> None:
        self.flow, self.run, self.put, self.read = flow, run, put, read
        self._verdicts, self._places = Verdicts(flow), Places(flow)

    def document(self) -> dict[str, Any]:
        flow = self.flow
        start = _milliseconds(flow.started_at or self.run.started_at)
        full_name = one_line(f"{flow.file}#{flow.name}")
        return {
            "uuid": str(uuid4()),
            "historyId": history_id(flow),
            "testCaseId": _digest(flow.file, flow.name),
            "fullName": full_name,
            "titlePath": [one_line(part) for part in PurePath(flow.file).parts],
            "name": one_line(flow.title),
            "status": STATUSES[flow.status],
            "statusDetails": self._details(),
            "stage": "finished",
            "start": start,
            "stop": start + round(flow.duration_ms or 0),
            "labels": self._labels(),
            "parameters": self._parameters(),
            "steps": [self._step(placed) for placed in tree(flow.steps)],
            "attachments": self._attachments(),
        }

    def _details(self) -> dict[str, Any]:
        flaky = self._verdicts.flaky()
        if self.flow.status == "passed":
            words = [f"{step_title(step)}: attempt {tried.number} {tried.status}" for step, tried in flaky]
            return {"flaky": True, "message": cut("; ".join(words), LONGEST_TEXT)} if flaky else {}
        trace = cut(legal("\n".join(flow_explained(self.flow))), LONGEST_TEXT)
        return {"message": cut(why(self.flow), LONGEST_TEXT), "trace": trace}

    def _labels(self) -> list[dict[str, str]]:
        flow = self.flow
        pairs = [("framework", "testmesh"), ("language", "yaml"), ("package", flow.file)]
        pairs += [("suite", flow.suite or str(PurePath(flow.file).parent)), ("feature", flow.suite or flow.name)]
        pairs += [("tag", tag) for tag in flow.tags]
        return [{"name": name, "value": one_line(value)} for name, value in pairs]

    def _parameters(self) -> list[dict[str, Any]]:
        flow = self.flow
        found: list[dict[str, Any]] = []
        if flow.environment is not None:
            found.append({"name": "environment", "value": one_line(flow.environment)})
        if flow.repetition is not None:
            found.append({"name": "repetition", "value": str(flow.repetition)})
        if flow.seed is not None:
            found.append({"name": "seed", "value": str(flow.seed), "excluded": True})
        if flow.execution_id is not None:
            found.append({"name": "execution", "value": one_line(flow.execution_id), "excluded": True})
        return found

    def _attachments(self) -> list[dict[str, str]]:
        found = [self._attached("warnings", "\n".join(self.flow.warnings), "text/plain")]
        found.append(self._attached("run it again", self.flow.command_again or "", "text/plain"))
        lines = [f"{line.at.isoformat()} {line.level} {line.path or ''} {line.message}" for line in self.flow.logs]
        lines += [f"… {self.flow.logs_left_out} lines more"] if self.flow.logs_left_out else []
        found.append(self._attached("log", "\n".join(lines), "text/plain"))
        found += [self._stored(one) for one in self.flow.artifacts if one.step_path is None]
        return [one for one in found if one is not None]

    def _step(self, placed: Placed) -> dict[str, Any]:
        step = placed.step
        start = _milliseconds(step.started_at)
        return {
            "name": step_title(step),
            "status": STATUSES[step.status],
            "statusDetails": self._step_details(step),
            "stage": "finished",
            "start": start,
            "stop": start + round(step.duration_ms),
            "parameters": [
                {"name": name, "value": one_line(str(value))}
                for name, value in (("path", step.path), ("action", step.action), ("line", step.line))
                if value is not None
            ],
            "steps": [*self._tries(step), *(self._step(inner) for inner in placed.inner), *self._assertions(step)],
            "attachments": self._step_attachments(step),
        }

    def _step_details(self, step: StepFinished) -> dict[str, Any]:
        if step.status == "passed":
            return {"flaky": True} if self._verdicts.weak_attempts(step) else {}
        details: dict[str, Any] = {"message": cut(one_line(step.error_message or step.status), LONGEST_TEXT)}
        if step.status in ("failed", "error"):
            details["trace"] = cut("\n".join(explained(step, self._places)), LONGEST_TEXT)
            details |= {"known": True} if self._verdicts.is_tolerated(step) else {}
        return details

    def _tries(self, step: StepFinished) -> list[dict[str, Any]]:
        """Return the tries of a step that had several, as steps; of very many the last."""
        tries = step.attempts[-MOST_ATTEMPTS:] if len(step.attempts) > 1 else []
        return [
            {
                "name": f"attempt {tried.number} of {step.retry_count + 1}",
                "status": STATUSES[tried.status],
                "statusDetails": {"message": one_line(tried.error_message)} if tried.error_message else {},
                "stage": "finished",
                "start": _milliseconds(tried.started_at),
                "stop": _milliseconds(tried.started_at) + round(tried.duration_ms),
            }
            for tried in tries
        ]

    def _assertions(self, step: StepFinished) -> list[dict[str, Any]]:
        at = _milliseconds(step.finished_at)
        return [
            {
                "name": f"assert {one_line(outcome.expression)}",
                "status": "passed" if outcome.holds else "broken" if outcome.error else "failed",
                "statusDetails": {
                    "message": one_line(outcome.error or outcome.message or "; ".join(outcome.difference))
                }
                if not outcome.holds
                else {},
                "stage": "finished",
                "start": at,
                "stop": at,
                "parameters": [
                    {"name": one_line(operand.text), "value": shown_value(operand.value, LONGEST_VALUE)}
                    for operand in outcome.operands
                ],
            }
            for outcome in step.assertions
        ]

    def _step_attachments(self, step: StepFinished) -> list[dict[str, str]]:
        found = [
            self._attached(name, pretty(value), "text/plain" if isinstance(value, str) else "application/json")
            for name, value in (
                ("input", without_secrets(step.input)),
                ("output", step.output),
                ("sets", step.outputs or None),
            )
            if value is not None
        ]
        found += [self._stored(one) for one in self.flow.artifacts if one.step_path == step.path]
        return [one for one in found if one is not None]

    def _attached(self, name: str, text: str, kind: str) -> dict[str, str] | None:
        if not text:
            return None
        whole = legal(text)
        shown = cut(whole, LONGEST_ATTACHMENT)
        is_json = kind == "application/json" and shown == whole
        source = f"{uuid4()}-attachment.{'json' if is_json else 'txt'}"
        self.put(source, shown.encode())
        return {"name": name, "source": source, "type": kind if is_json else "text/plain"}

    def _stored(self, artifact: Artifact) -> dict[str, str] | None:
        data = self.read(artifact)
        if data is None:
            words = f"{artifact.name}: {artifact.size_bytes} bytes, sha256 {artifact.sha256}; not kept after the run"
            return self._attached(f"{one_line(artifact.name)} (not kept)", words, "text/plain")
        suffix = PurePath(artifact.name).suffix
        ending = suffix[1:] if suffix[1:].isalnum() and suffix.isascii() and len(suffix) <= 8 else "bin"
        source = f"{uuid4()}-attachment.{ending}"
        self.put(source, data)
        return {"name": one_line(artifact.name), "source": source, "type": one_line(artifact.content_type)}


def _end_of_run(report: RunReport) -> dict[str, Any]:
    start = _milliseconds(report.started_at)
    return {
        "uuid": str(uuid4()),
        "historyId": _digest("testmesh", "the run as a whole"),
        "fullName": "testmesh#the run as a whole",
        "name": "the run as a whole",
        "status": "broken",
        "statusDetails": {"message": report.not_green},
        "stage": "finished",
        "start": start,
        "stop": start + round(report.duration_ms),
        "labels": [{"name": "framework", "value": "testmesh"}],
    }


def _digest(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _encoded(document: dict[str, Any]) -> bytes:
    return json.dumps(_filled(document), ensure_ascii=False).encode()


def _filled(value: Any) -> Any:
    """Leave out what is empty, as Allure's own writers do."""
    if isinstance(value, dict):
        return {name: _filled(one) for name, one in value.items() if one not in ({}, [])}
    return [_filled(one) for one in value] if isinstance(value, list) else value
