"""`fail`: end the step as failed, on purpose."""

from pydantic import Field

from testmesh_sdk import Action, ActionConfig, ActionContext, ActionFailure, ActionResult


class FailConfig(ActionConfig):
    """Why."""

    message: str = Field(min_length=1, description="What the result says")


class FailAction(Action[FailConfig, ActionResult]):
    """Fails whenever it runs; `when` says when that is."""

    name = "fail"
    config = FailConfig
    retry_safe = True

    async def run(self, config: FailConfig, context: ActionContext) -> ActionResult:  # noqa: ARG002 - an action's signature
        raise ActionFailure(config.message)
