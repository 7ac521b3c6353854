"""`assert`: judge values that earlier steps left, without doing anything."""

from typing import Any

from pydantic import ConfigDict, Field

from testmesh_sdk import Action, ActionConfig, ActionContext, ActionResult


class AssertConfig(ActionConfig):
    """What to judge, and by what; `assertions` are judged as the step's own."""

    data: Any = Field(default=None, description="Its keys, where it is a map, are names in the assertions")
    assertions: list[Any] = Field(default=[], description="Expressions, or maps of that and message")


class AssertResult(ActionResult):
    """`data`, and each of its keys by its own name."""

    model_config = ConfigDict(extra="allow")

    data: Any = None

    def readable(self) -> dict[str, Any]:
        """Return the fields; a `duration_ms` of the data is what is judged, not the step's own."""
        return {**super().readable(), **(self.__pydantic_extra__ or {}), "data": self.data}


class AssertAction(Action[AssertConfig, AssertResult]):
    """Passes its data on to the assertions of its step."""

    name = "assert"
    config = AssertConfig
    result = AssertResult
    retry_safe = True
    assertions_key = "assertions"

    async def run(self, config: AssertConfig, context: ActionContext) -> AssertResult:  # noqa: ARG002 - an action's signature
        result = AssertResult(data=config.data)
        if isinstance(config.data, dict) and result.__pydantic_extra__ is not None:
            result.__pydantic_extra__.update(config.data)
        return result
