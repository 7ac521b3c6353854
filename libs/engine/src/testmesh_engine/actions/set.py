"""`set`: give variables a value."""

from typing import Any

from pydantic import ConfigDict, model_validator

from testmesh_engine.names import is_name, name_hint
from testmesh_sdk import Action, ActionConfig, ActionContext, ActionResult


class SetConfig(ActionConfig):
    """Each key is a variable."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def keys_can_be_referred_to(cls, value: Any) -> Any:
        if not value:
            raise ValueError("name at least one variable")
        wrong = [str(name) for name in value if not is_name(str(name))]
        if wrong:
            raise ValueError(f'"{wrong[0]}" cannot name a variable; {name_hint(wrong[0])}')
        return value


class SetResult(ActionResult):
    """The variables as they are from here on."""

    values: dict[str, Any]


class SetAction(Action[SetConfig, SetResult]):
    """Sets variables of the flow."""

    name = "set"
    config = SetConfig
    result = SetResult
    retry_safe = True
    sets_variables = True

    async def run(self, config: SetConfig, context: ActionContext) -> SetResult:
        values = dict(config.__pydantic_extra__ or {})
        context.variables_set.update(values)
        return SetResult(values=values)
