"""A flow, whole: one pass, or one a row of its data; on its own, or inside a step of another flow."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from testmesh_engine.executor.course import Course
from testmesh_engine.executor.flow_pass import FlowPass, Verdict
from testmesh_engine.executor.interruption import cancelled
from testmesh_engine.executor.place import Place, Stop
from testmesh_engine.executor.preparation import Given, PreparationError, prepare
from testmesh_engine.executor.scope import Scope
from testmesh_engine.executor.sources import SourceError
from testmesh_engine.executor.weight import bounded
from testmesh_engine.expressions import ExpressionError
from testmesh_engine.language.models import Flow
from testmesh_engine.language.rows import Row, RowsError, read_rows

LONGEST_IN_A_NAME = 40
"""Characters of its first column by which a row is named."""


@dataclass(slots=True)
class FlowExecution:
    """What a flow is carried out with; `parent` is the path of the step that it is inside of."""

    flow: Flow
    course: Course
    given: Given
    stop: Stop = field(default_factory=Stop)
    parent: str | None = None
    attempt: int = 1

    async def run(self, cancel: asyncio.Event | None = None) -> Verdict:
        """Carry out the flow. Nothing that a step does raises here."""
        ends = asyncio.get_running_loop().time() + self.flow.timeout
        if cancel is not None and cancel.is_set():
            why = cancelled(cancel)
            return self.unrun(Verdict(why.status, why.code, why.message, {}, why))
        try:
            rows = await self._rows()
        except PreparationError as error:
            return self.unrun(Verdict("error", error.code, error.message, {}))
        clash = sorted({name for row in rows or () for name in row} & self.given.inputs.keys())
        if clash:
            message = f'the input "{clash[0]}" is a column of the flow\'s data: each row gives it, so leave it out'
            return self.unrun(Verdict("error", "TM416", message, {}))
        if rows is None:
            return await self._pass(None, {}, ends, cancel)
        return await self._each(rows, ends, cancel)

    async def _rows(self) -> list[Row] | None:
        data, options = self.flow.data, self.course.options
        if data is None:
            return None
        if data.file is None:
            scope = self._scope().outside()
            try:
                return [dict(bounded(row.render(scope))) for row in data.rows]  # type: ignore[call-overload]
            except ExpressionError as error:
                raise PreparationError(error.code, f"data{error.pointer.replace('/', '.')}: {error.message}") from error
        try:
            return read_rows(data.file, await options.sources.file(data.file, self.flow))
        except (SourceError, RowsError) as error:
            raise PreparationError(error.code, error.message) from error

    async def _each(self, rows: list[Row], ends: float, cancel: asyncio.Event | None) -> Verdict:
        verdicts: list[Verdict] = []
        for number, row in enumerate(rows):
            verdict = await self._pass(number, row, ends, cancel)
            verdicts.append(verdict)
            if verdict.interruption is not None or self.course.is_exhausted:
                break
        return _of_rows(verdicts, rows)

    async def _pass(self, number: int | None, row: Row, ends: float, cancel: asyncio.Event | None) -> Verdict:
        place = Place(self.flow, self._scope(), Stop(self.stop), self.parent, number, self.attempt)
        given = self.given if number is None else Given({**self.given.variables, **row}, self.given.inputs)
        try:
            prepare(self.flow, given, place.scope, self.course.recorder.mask)
            place.scope.variables.update({name: value for name, value in row.items() if not self._is_input(name)})
        except PreparationError as error:
            return self.unrun(Verdict("error", error.code, error.message, {}), place)
        one = FlowPass(self.flow, self.course, place, nested=self.parent is not None)
        return await one.run(ends, cancel)

    def _is_input(self, name: str) -> bool:
        return any(declared.name == name for declared in self.flow.inputs)

    def _scope(self) -> Scope:
        course = self.course
        return Scope.of_flow(self.flow, self.given.variables, course.always, course.generators)

    def unrun(self, verdict: Verdict, place: Place | None = None) -> Verdict:
        """Tell of all steps as not run."""
        where = place or Place(self.flow, self._scope(), self.stop, self.parent, None, self.attempt)
        self.course.recorder.passes_over(self.flow.phases(), where, f"not run: {verdict.message}")
        return verdict


def _of_rows(verdicts: list[Verdict], rows: list[Row]) -> Verdict:
    """Return what the rows add up to: all pass, or the gravest of them says what is wrong."""
    last = verdicts[-1]
    if last.interruption is not None:
        return last
    for status in ("error", "failed"):
        bad = [number for number, verdict in enumerate(verdicts) if verdict.status == status]
        if bad:
            found = verdicts[bad[0]]
            others = sum(1 for verdict in verdicts if verdict.status in ("error", "failed")) - 1
            more = f" (and {others} more of {len(rows)} rows)" if others else ""
            return Verdict(found.status, found.code, f"{_told(rows, bad[0])}: {found.message}{more}", {})
    if len(verdicts) < len(rows):
        return Verdict("error", "TM455", f"{len(verdicts)} of {len(rows)} rows were carried out: too many steps", {})
    names: Mapping[str, Any] = last.outputs
    return Verdict("passed", None, None, {name: [verdict.outputs[name] for verdict in verdicts] for name in names})


def _told(rows: list[Row], number: int) -> str:
    """Name a row as people count, and by what its first column says."""
    first = next(iter(rows[number].items()), None)
    which = "" if first is None else f" ({first[0]}={str(first[1])[:LONGEST_IN_A_NAME]})"
    return f"row {number + 1} of {len(rows)}{which}"
