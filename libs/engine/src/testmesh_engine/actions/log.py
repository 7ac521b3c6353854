"""`log`: write a line into the execution's log."""

import json
from typing import Any, Literal

from pydantic import Field

from testmesh_sdk import Action, ActionConfig, ActionContext, ActionResult


class LogConfig(ActionConfig):
    """A line, and how important it is."""

    message: Any = Field(description="What to write; what is no text is written as JSON")
    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="How important it is")


class LogResult(ActionResult):
    """The line as it was written."""

    message: str
    level: str


class LogAction(Action[LogConfig, LogResult]):
    """Writes a line, and passes."""

    name = "log"
    config = LogConfig
    result = LogResult
    retry_safe = True

    async def run(self, config: LogConfig, context: ActionContext) -> LogResult:
        message = config.message
        text = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False, default=str)
        context.log(config.level, text)
        return LogResult(message=text, level=config.level)
