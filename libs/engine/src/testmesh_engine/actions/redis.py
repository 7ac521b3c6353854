"""`redis.get`, `redis.set`, `redis.del`, `redis.exists` and `redis_command`: ask a Redis, or change its keys."""

from importlib import import_module
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from testmesh_engine.actions.database_query import hide_dsn
from testmesh_engine.actions.http_request import HIDDEN
from testmesh_sdk import Action, ActionConfig, ActionContext, ActionResult, Duration

Scalar = str | int | float | bool


class RedisConfig(ActionConfig):
    """Where a Redis is: by a URL, or by host and port."""

    url: str | None = Field(
        default=None,
        description="redis://user:password@host:6379/0, rediss://… with TLS, or the name of a variable that holds one",
        examples=["redis://127.0.0.1:6379/0"],
    )
    host: str | None = Field(default=None, min_length=1, description="Instead of url")
    port: int = Field(default=6379, ge=1, le=65535, description="Of host")
    db: int | None = Field(default=None, ge=0, description="Number of the database; else that of url, else 0")
    username: str | None = Field(default=None, description="Who asks; else that of url")
    password: str | None = Field(default=None, description="Hidden in all that is shown and recorded")
    tls: bool = Field(default=False, description="Of host; a URL says it by rediss://")
    verify_tls: bool = Field(default=True, description="Refuse a certificate that cannot be trusted")
    timeout: Duration | None = Field(default=None, description="For the whole step")

    @model_validator(mode="after")
    def says_where(self) -> Self:
        if (self.url is None) == (self.host is None):
            raise ValueError("a Redis is given by url or by host, not by both")
        return self


class RedisGetConfig(RedisConfig):
    """Read a key that holds a text."""

    key: str = Field(min_length=1, description="Its name")
    parse_json: bool = Field(default=False, alias="json", description="Read the value as JSON; one that is none fails")


class RedisSetConfig(RedisConfig):
    """Write a key. A map, a list, a truth value or nil is written as JSON."""

    key: str = Field(min_length=1, description="Its name")
    value: Any = Field(default=None, description="What it holds from then on")
    base64: str | None = Field(default=None, description="The value as bytes in base64, instead of value")
    ttl: Duration | None = Field(default=None, description="How long the key lives; absent: for ever")
    only_if: Literal["absent", "present"] | None = Field(default=None, description="Write only where that holds")

    @field_validator("ttl")
    @classmethod
    def lives(cls, value: float | None) -> float | None:
        if value is not None and value < 0.001:
            raise ValueError("a key lives for 1ms at least")
        return value

    @model_validator(mode="after")
    def has_a_value(self) -> Self:
        if ("value" in self.model_fields_set) == (self.base64 is not None):
            raise ValueError("give value or base64, one of them")
        return self


class RedisKeysConfig(RedisConfig):
    """Keys by name."""

    key: str | list[str] = Field(description="A name, or a list of names")

    @field_validator("key")
    @classmethod
    def names_some(cls, value: str | list[str]) -> str | list[str]:
        if not value or (isinstance(value, list) and "" in value):
            raise ValueError("name at least one key, and none that is empty")
        return value


class RedisCommandConfig(RedisConfig):
    """Any command that has one reply. Arguments are sent as they are, and never taken apart."""

    command: str = Field(
        pattern=r"^\s*[A-Za-z][A-Za-z0-9._-]*(\s+\S+)*\s*$",
        description="Its name, and behind it arguments without blanks",
        examples=["HGETALL", "CLUSTER INFO"],
    )
    args: list[Scalar] = Field(default=[], description="Arguments, each sent as it is")
    parse_json: bool = Field(default=False, alias="json", description="Read texts of the reply as JSON")


class RedisGetResult(ActionResult):
    """What a key holds; nil where there is none."""

    value: Any = None
    exists: bool
    ttl_ms: int | None = None


class RedisSetResult(ActionResult):
    """Whether the key was written: with only_if it may not be."""

    written: bool


class RedisDelResult(ActionResult):
    """How many of the keys were there."""

    deleted: int


class RedisExistsResult(ActionResult):
    """Whether all of the keys are there, and how many."""

    exists: bool
    count: int


class RedisCommandResult(ActionResult):
    """The reply; bytes that are no text are `{base64: …}`."""

    value: Any = None
    exists: bool
    """Whether the reply is anything but nil."""


class _Redis:
    """What all of them share: what is loaded, and what is shown."""

    def load(self) -> None:
        """Import the client."""
        import_module("testmesh_engine.redis.asking")

    @classmethod
    def shown(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Return the config without what proves who asks."""
        shown = dict(values)
        if isinstance(values.get("url"), str):
            shown["url"] = hide_dsn(values["url"])
        if values.get("password") is not None:
            shown["password"] = HIDDEN
        command = values.get("command")
        if isinstance(command, str) and _names_a_password(command, values.get("args")):
            shown |= {"command": command.split()[0] if command.split() else "", "args": HIDDEN}
        return shown


def _names_a_password(command: str, args: Any) -> bool:
    words = [*command.split(), *(map(str, args) if isinstance(args, list) else ())]
    first = [word.upper() for word in words[:2]]
    return first[:1] in (["AUTH"], ["HELLO"]) or first == ["ACL", "SETUSER"] or "AUTH" in (w.upper() for w in words)


class RedisGetAction(_Redis, Action[RedisGetConfig, RedisGetResult]):
    """Reads a key."""

    name = "redis.get"
    config = RedisGetConfig
    result = RedisGetResult
    retry_safe = True

    async def run(self, config: RedisGetConfig, context: ActionContext) -> RedisGetResult:
        from testmesh_engine.redis.asking import get

        return await get(config, context)


class RedisSetAction(_Redis, Action[RedisSetConfig, RedisSetResult]):
    """Writes a key."""

    name = "redis.set"
    config = RedisSetConfig
    result = RedisSetResult

    async def run(self, config: RedisSetConfig, context: ActionContext) -> RedisSetResult:
        from testmesh_engine.redis.asking import write

        return await write(config, context)


class RedisDelAction(_Redis, Action[RedisKeysConfig, RedisDelResult]):
    """Takes keys away."""

    name = "redis.del"
    config = RedisKeysConfig
    result = RedisDelResult
    retry_safe = True

    async def run(self, config: RedisKeysConfig, context: ActionContext) -> RedisDelResult:
        from testmesh_engine.redis.asking import delete

        return await delete(config, context)


class RedisExistsAction(_Redis, Action[RedisKeysConfig, RedisExistsResult]):
    """Looks whether keys are there."""

    name = "redis.exists"
    config = RedisKeysConfig
    result = RedisExistsResult
    retry_safe = True

    async def run(self, config: RedisKeysConfig, context: ActionContext) -> RedisExistsResult:
        from testmesh_engine.redis.asking import exists

        return await exists(config, context)


class RedisCommandAction(_Redis, Action[RedisCommandConfig, RedisCommandResult]):
    """Sends a command and reads its reply."""

    name = "redis_command"
    config = RedisCommandConfig
    result = RedisCommandResult

    async def run(self, config: RedisCommandConfig, context: ActionContext) -> RedisCommandResult:
        from testmesh_engine.redis.asking import command

        return await command(config, context)
