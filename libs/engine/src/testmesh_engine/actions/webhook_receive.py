"""`webhook_receive`: await that the tested system calls back; requests are kept from the receiver's start on."""

from importlib import import_module
from typing import Any, Self

from pydantic import Field, model_validator

from testmesh_engine.actions.mock_requests import MATCHING, SERVER, RequestPattern, shown_pattern
from testmesh_sdk import Action, ActionContext, ActionResult, Duration


class WebhookReceiveConfig(RequestPattern):
    """Which requests, how many, how long."""

    server: str = Field(default=SERVER, min_length=1, description="The mock server that is called back")
    count: int = Field(default=1, ge=1, le=1000, description="So many; the others wait for a later step")
    timeout: Duration | None = Field(default=None, description="How long they may take; 10s")

    @model_validator(mode="after")
    def has_a_path(self) -> Self:
        if self.path is None:
            raise ValueError("a webhook needs its path, such as /hooks/paid")
        return self


class WebhookReceiveResult(ActionResult):
    """The requests, in the order in which they came; `request` is the first."""

    requests: list[Any] = Field(default=[])
    request: dict[str, Any] = Field(default={})
    count: int = 0


class WebhookReceiveAction(Action[WebhookReceiveConfig, WebhookReceiveResult]):
    """Takes requests that no earlier step took; too few in time are a failure."""

    name = "webhook_receive"
    config = WebhookReceiveConfig
    result = WebhookReceiveResult
    retry_safe = False
    later = {"match": MATCHING}  # noqa: RUF012 - a ClassVar of Action

    def load(self) -> None:
        """Import what judges."""
        import_module("testmesh_engine.mocks.judging")

    async def run(self, config: WebhookReceiveConfig, context: ActionContext) -> WebhookReceiveResult:
        from testmesh_engine.mocks.judging import receive

        return await receive(config, context)

    @classmethod
    def shown(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Return the config without what proves who asks."""
        return {**shown_pattern(values)}
