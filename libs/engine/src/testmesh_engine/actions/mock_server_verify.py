"""`mock_server_verify`: judge which requests a mock server got."""

from importlib import import_module
from typing import Any, Self

from pydantic import Field, model_validator

from testmesh_engine.actions.mock_requests import MATCHING, SERVER, RequestPattern, shown_pattern
from testmesh_sdk import Action, ActionContext, ActionResult, Duration


class MockServerVerifyConfig(RequestPattern):
    """Which requests, and how many: at least one where nothing is said."""

    server: str = Field(default=SERVER, min_length=1, description="The name that mock_server_start gave it")
    count: int | None = Field(default=None, ge=0, description="Exactly so many")
    at_least: int | None = Field(default=None, ge=1, description="So many, or more")
    at_most: int | None = Field(default=None, ge=0, description="So many, or less")
    timeout: Duration | None = Field(default=None, description="How long it waits until there are enough; not at all")
    allow_unmatched: bool = Field(default=False, description="Requests that no endpoint answered are no failure")

    @model_validator(mode="after")
    def asks_for_a_number_that_can_be(self) -> Self:
        if self.count is not None and (self.at_least is not None or self.at_most is not None):
            raise ValueError("count is exact: leave out at_least and at_most")
        if self.at_least is not None and self.at_most is not None and self.at_most < self.at_least:
            raise ValueError("at_most is less than at_least")
        return self

    @property
    def least(self) -> int:
        if self.count is not None:
            return self.count
        return self.at_least if self.at_least is not None else int(self.at_most is None)

    @property
    def most(self) -> int | None:
        return self.count if self.count is not None else self.at_most


class MockServerVerifyResult(ActionResult):
    """The requests that are meant, and those that no endpoint answered."""

    requests: list[Any] = Field(default=[])
    count: int = 0
    unmatched: list[Any] = Field(default=[])


class MockServerVerifyAction(Action[MockServerVerifyConfig, MockServerVerifyResult]):
    """Fails where requests are too few, too many, or unexpected."""

    name = "mock_server_verify"
    config = MockServerVerifyConfig
    result = MockServerVerifyResult
    retry_safe = True
    later = {"match": MATCHING}  # noqa: RUF012 - a ClassVar of Action

    def load(self) -> None:
        """Import what judges."""
        import_module("testmesh_engine.mocks.judging")

    async def run(self, config: MockServerVerifyConfig, context: ActionContext) -> MockServerVerifyResult:
        from testmesh_engine.mocks.judging import verify

        return await verify(config, context)

    @classmethod
    def shown(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Return the config without what proves who asks."""
        return {**shown_pattern(values)}
