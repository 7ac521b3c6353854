"""Before the first step: inputs are judged, the flow's variables get their values."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from testmesh_engine.executor.masking import Mask
from testmesh_engine.executor.scope import Scope
from testmesh_engine.executor.weight import bounded
from testmesh_engine.expressions import ExpressionError
from testmesh_engine.language.diagnostics import did_you_mean
from testmesh_engine.language.inputs import fits
from testmesh_engine.language.models import Flow, Input
from testmesh_engine.language.nodes import kind
from testmesh_engine.language.scalars import NumberTooLongError, read_plain


class PreparationError(Exception):
    """A flow that cannot start with what it was given."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Given(NamedTuple):
    """What a flow is started with: variables that lie over its `env`, and values for its inputs."""

    variables: Mapping[str, Any]
    inputs: Mapping[str, Any]


def prepare(flow: Flow, given: Given, scope: Scope, mask: Mask) -> None:
    """Give the scope its variables: inputs over the caller's and the environment's over the flow's `env`.

    Raises:
        PreparationError: an input is missing, unknown or of another type, or a variable has no value.
    """
    inputs = _inputs(flow, given, mask)
    scope.variables.update(inputs)
    for name, template in flow.env.items():
        if name in scope.variables:
            continue
        try:
            scope.variables[name] = bounded(template.render(scope.outside()))
        except ExpressionError as error:
            later = sorted(set(flow.env) & template.names - scope.variables.keys())
            hint = f"; env is read from top to bottom, and {', '.join(later)} stands below it" if later else ""
            said = error.message.rstrip(".") if later else error.message
            raise PreparationError(error.code, f"the variable {name} of env: {said}{hint}") from error


def prepare_known(flow: Flow, given: Given, scope: Scope, mask: Mask) -> None:
    """Give the scope what is known before a row of the flow's `data` is chosen; what needs a row is left out."""
    for declared in flow.inputs:
        try:
            found, value = _given(declared, given)
        except PreparationError:
            continue
        if declared.secret:
            mask.add(value)
        if found:
            scope.variables[declared.name] = value
    for name, template in flow.env.items():
        if name not in scope.variables:
            with suppress(ExpressionError):
                scope.variables[name] = bounded(template.render(scope.outside()))


def wrong_inputs(flow: Flow, variables: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with inputs that variables give; whether one is missing may only a row of data tell."""
    wrong = []
    for declared in flow.inputs:
        if declared.name in variables:
            try:
                _given(declared, Given(variables, {}))
            except PreparationError as error:
                wrong.append(error.message)
    return wrong


def _inputs(flow: Flow, given: Given, mask: Mask) -> dict[str, Any]:
    known = {declared.name for declared in flow.inputs}
    wrong = [
        f'the flow has no input "{name}"; {did_you_mean(name, known)}' for name in given.inputs if name not in known
    ]
    values = {}
    for declared in flow.inputs:
        try:
            found, value = _given(declared, given)
        except PreparationError as error:
            wrong.append(error.message)
            continue
        if declared.secret:
            mask.add(value)
        if found:
            values[declared.name] = value
    if wrong:
        raise PreparationError("TM416", "; ".join(wrong))
    return values


def _given(declared: Input, given: Given) -> tuple[bool, Any]:
    """Return whether an input has a value, and which; a variable of its name can give it, too."""
    name = declared.name
    if name in given.inputs:
        return True, _checked(declared, given.inputs[name])
    if name in given.variables:
        return True, _checked(declared, _read(declared, given.variables[name]))
    if declared.required:
        raise PreparationError("TM416", f'the input "{name}" ({declared.type}) is required and was not given')
    return declared.has_default, declared.default


def _checked(declared: Input, value: Any) -> Any:
    if not fits(value, declared.type):
        given = "a secret of another type" if declared.secret else kind(value)
        raise PreparationError("TM416", f'the input "{declared.name}" is {declared.type}, given was {given}')
    return value


def _read(declared: Input, value: Any) -> Any:
    """Read a variable's text as what the input is: a command line and an environment know texts alone."""
    if isinstance(value, str) and declared.type in ("number", "integer", "boolean"):
        try:
            return read_plain(value)
        except NumberTooLongError:
            return value
    return value
