"""The shape of an action: a strict config, a typed result, one coroutine between them."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict

from testmesh_sdk.context import ActionContext


class ActionConfig(BaseModel):
    """What a step's `config` may hold; unknown keys and values of another type are errors.

    Fields say what they mean in `Field(description=…)`: the JSON Schema is published.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


class ActionResult(BaseModel):
    """What assertions and outputs of the step can read, each field by its name."""

    model_config = ConfigDict(arbitrary_types_allowed=True, defer_build=True)

    duration_ms: float = 0.0
    """How long the attempt took; the executor sets it."""

    def readable(self) -> dict[str, Any]:
        """Return the fields as plain values by name, as expressions read them."""
        fields = {
            name: value.model_dump() if isinstance(value, BaseModel) else value for name, value in self.__dict__.items()
        }
        for name, value in (self.__pydantic_extra__ or {}).items():
            fields.setdefault(name, value)
        return fields


class Later(NamedTuple):
    """A part of a config that the action itself evaluates, while it runs: an expression, or texts with references.

    It is compiled when the flow is read, and reaches the action as its author wrote it.
    """

    kind: Literal["expression", "template"]
    names: frozenset[str]
    """What it can read besides the names that every config can read."""


ConfigT = TypeVar("ConfigT", bound=ActionConfig)
ResultT = TypeVar("ResultT", bound=ActionResult)


class Action(Generic[ConfigT, ResultT]):
    """One thing that a step can do.

    A subclass is stateless and made once a process; what lasts longer than a step is kept in
    `context.resources`. `run` ends within its step's timeout or is cancelled: it lets `CancelledError` pass.
    It raises `ActionError` where it could not be judged, `ActionFailure` where it found something wrong;
    anything else that it raises is recorded as an error of the action itself.
    """

    name: ClassVar[str]
    """The word that a flow's author writes behind `action:`."""
    config: ClassVar[type[ActionConfig]]
    result: ClassVar[type[ActionResult]] = ActionResult
    timeout: ClassVar[float | None] = 30.0
    """Seconds that an attempt may take where the step says nothing; None: as long as it likes."""
    assertions_key: ClassVar[str | None] = None
    """The key of the config that holds assertions; they become assertions of the step itself."""
    sets_variables: ClassVar[bool] = False
    """Whether the config's keys are names of variables that the step sets."""
    retry_safe: ClassVar[bool | None] = None
    """Whether it may be done again where it is not known what became of it; None: that depends on what is asked."""
    traced: ClassVar[bool] = False
    """Whether the tested system is told the trace, where `context.traceparent` has one."""
    later: ClassVar[Mapping[str, Later]] = {}
    """By their path in the config, such as `messages/*/expect`: the parts that are evaluated while the action runs."""

    def load(self) -> None:
        """Import what is heavy; called once before the first attempt's clock starts, so that no step pays for it."""

    async def run(self, config: ConfigT, context: ActionContext) -> ResultT:  # noqa: ARG002 - subclasses use them
        """Do it once.

        Args:
            config: The step's config, rendered and validated.
            context: This attempt: its deadline, log, artifacts, variables, pooled resources.
        """
        message = f"{type(self).__name__} defines no run()"
        raise TypeError(message)

    async def show_failure(self, context: ActionContext) -> None:
        """Keep by `context.attach` what shows why, behind the last try of a step that did not pass.

        It has a few seconds, and changes nothing of how the step ended.
        """

    @classmethod
    def files_in(cls, values: dict[str, Any]) -> Iterator[tuple[str, str]]:  # noqa: ARG003 - subclasses use them
        """Yield the files that a config names, as it was written: where in it, as a JSON Pointer, and the path.

        They travel with the flow to a server; `context.read_file` gives their content.
        """
        yield from ()

    @classmethod
    def shown(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Return a config as records may show it; hide here what is secret whatever the flow says of it."""
        return values
