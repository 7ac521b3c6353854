"""`delay`: wait for a fixed time. To await an effect, `eventually` on the step that sees it is faster and surer."""

import asyncio

from pydantic import Field

from testmesh_sdk import Action, ActionConfig, ActionContext, ActionResult, Duration, format_duration


class DelayConfig(ActionConfig):
    """How long."""

    duration: Duration = Field(description="How long to wait")


class DelayAction(Action[DelayConfig, ActionResult]):
    """Waits, and passes; it ends early only when the run is cancelled or out of time."""

    name = "delay"
    config = DelayConfig
    retry_safe = True
    timeout = None

    async def run(self, config: DelayConfig, context: ActionContext) -> ActionResult:
        context.activity = f"waiting for {format_duration(config.duration)}"
        await asyncio.sleep(config.duration)
        return ActionResult()
