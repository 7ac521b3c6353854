"""The key that runs of flows share, as it is known before the first step."""

from decimal import Decimal

from testmesh_engine.executor.masking import Mask
from testmesh_engine.executor.options import RunOptions
from testmesh_engine.executor.preparation import Given, PreparationError, prepare, prepare_known
from testmesh_engine.executor.presentation import clean_text
from testmesh_engine.executor.scope import Scope
from testmesh_engine.expressions import ExpressionError, Generators
from testmesh_engine.language.models import Flow
from testmesh_engine.language.nodes import kind

LONGEST_KEY = 255
_WHERE = "the flow's concurrency.key"


def concurrency_key(flow: Flow, options: RunOptions) -> str | None:
    """Return the key that a flow's run shares with others; None where the flow names none.

    Raises:
        PreparationError: the key has no value, or none that could be one; without it nothing may run.
    """
    if flow.concurrency is None:
        return None
    mask = Mask()
    mask.add(dict(options.secrets))
    mask.add(list(options.secret_values))
    try:
        return _checked(_rendered(flow, options, mask), mask)
    except (ExpressionError, PreparationError) as error:
        raise PreparationError(error.code, clean_text(f"{_WHERE}: {error.message}", mask)) from error


def _rendered(flow: Flow, options: RunOptions, mask: Mask) -> object:
    assert flow.concurrency is not None
    always = {
        "execution": {"id": options.execution_id},
        "secrets": dict(options.secrets),
        "env": options.process_env,
    }
    chance = Generators(options.seed, options.clock)
    scope = Scope.of_flow(flow, options.variables, always, chance)
    given = Given(options.variables, options.inputs)
    if flow.data is None:
        prepare(flow, given, scope, mask)
    else:
        prepare_known(flow, given, scope, mask)
    return flow.concurrency.key.render(scope.outside())


def _checked(value: object, mask: Mask) -> str:
    """Return the key as a text, where it is one that names something and can be shown and stored."""
    if value is None or isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise PreparationError("TM459", f"it is {kind(value)}, and only a text or a number names what runs share")
    key = str(value)
    if not key.strip():
        raise PreparationError("TM459", "it is empty, and names nothing that runs could share")
    if len(key) > LONGEST_KEY:
        raise PreparationError("TM459", f"it has {len(key)} characters, more than {LONGEST_KEY}")
    if mask.text(key) != key:
        raise PreparationError("TM459", "it contains a secret, and a key is shown to who waits for it")
    if clean_text(key, mask) != key:
        raise PreparationError("TM459", f"{clean_text(key, mask)!r} has characters that cannot be stored")
    return key
