"""What shows why a step did not pass, kept by its action: behind its tries, and without a say in how it ended."""

import asyncio
from typing import Any, Final

from testmesh_engine.egress.passage import guarded
from testmesh_sdk import Action, ActionContext

SHOW_S: Final = 8.0
"""Seconds that an action has for it."""


async def show_failure(action: Action[Any, Any], context: ActionContext) -> None:
    """Let an action keep what shows why; where it cannot, the log says so."""
    try:
        with guarded(context.egress):
            async with asyncio.timeout(SHOW_S):
                await action.show_failure(context)
    except Exception as error:
        context.log("warning", f"what shows why could not be kept: {type(error).__name__}: {error}")
