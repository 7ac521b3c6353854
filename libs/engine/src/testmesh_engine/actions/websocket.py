"""`websocket`: hold a conversation over a WebSocket, in one step or over several."""

import base64
import binascii
from importlib import import_module
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from testmesh_engine.actions.http_request import Headers, HeaderValue, hide_headers, hide_password
from testmesh_sdk import Action, ActionConfig, ActionContext, ActionResult, Duration, Later

_VERBS = ("send", "send_base64", "expect", "ping", "close", "expect_close")
_WAITING = frozenset(("expect", "ping", "expect_close"))
MOST_MESSAGES = 1000


class WebSocketClose(ActionConfig):
    """How this side closes the connection."""

    code: int = Field(default=1000, ge=1000, le=4999, description="1000, 1001, or 3000 to 4999")
    reason: str = Field(default="", max_length=120, description="Sent beside the code")

    @field_validator("code")
    @classmethod
    def may_be_sent(cls, code: int) -> int:
        if code not in (1000, 1001) and code < 3000:
            raise ValueError("a client closes with 1000, 1001, or a code from 3000 to 4999")
        return code


class WebSocketMessage(ActionConfig):
    """One thing to do: exactly one of send, send_base64, expect, ping, close, expect_close."""

    send: Any = Field(default=None, description="A text as it is; anything else as JSON")
    send_base64: str | None = Field(default=None, description="A binary message, in base64")
    expect: str | None = Field(
        default=None,
        min_length=1,
        description="An expression over message (JSON parsed, else text, or base64 of a binary one) and frame",
        examples=['message.type == "welcome"'],
    )
    ping: Literal[True] | None = Field(default=None, description="Ask whether the server is there, and await its pong")
    close: Literal[True] | WebSocketClose | None = Field(default=None, description="true, or {code, reason}")
    expect_close: Literal[True] | int | None = Field(
        default=None, description="Await that the server closes the connection: with this code, or true for any"
    )
    timeout: Duration | None = Field(default=None, description="Of expect, expect_close and ping; 10s")

    @field_validator("send_base64")
    @classmethod
    def is_base64(cls, text: str | None) -> str | None:
        try:
            base64.b64decode(text or "", validate=True)
        except binascii.Error as error:
            raise ValueError("send_base64 holds base64") from error
        return text

    @model_validator(mode="after")
    def does_one_thing(self) -> Self:
        said = self.model_fields_set & {*_VERBS}
        if len(said) != 1:
            raise ValueError(f"a message is exactly one of {', '.join(_VERBS)}")
        if self.timeout is not None and not said & _WAITING:
            raise ValueError(f"timeout is for {', '.join(sorted(_WAITING))}")
        return self

    @property
    def verb(self) -> str:
        return next(verb for verb in _VERBS if verb in self.model_fields_set)


class WebSocketConfig(ActionConfig):
    """A conversation: without `session` the connection is closed at its end."""

    url: str | None = Field(
        default=None, min_length=1, description="ws:// or wss://; may be left out where the session is open"
    )
    messages: list[WebSocketMessage] = Field(default=[], max_length=MOST_MESSAGES, description="Done one by one")
    session: str | None = Field(
        default=None, min_length=1, description="Name of a connection that stays open over the flow's steps"
    )
    headers: dict[str, HeaderValue] = Field(default={}, description="Sent with the handshake")
    subprotocols: list[str] = Field(default=[], description="Offered to the server, the best first")
    verify_tls: bool = Field(default=True, description="Refuse a certificate that cannot be trusted")
    timeout: Duration | None = Field(default=None, description="For the whole step")

    @model_validator(mode="after")
    def leads_somewhere(self) -> Self:
        if self.url is None and self.session is None:
            raise ValueError("a url is needed, or the session of an earlier step")
        return self


class Handshake(ActionConfig):
    """The server's answer to the request for a WebSocket: 101, or why not."""

    status: int
    headers: Headers
    subprotocol: str | None = None
    body: str = ""


class WebSocketResult(ActionResult):
    """What came, in its order; `matched` holds what each `expect` took."""

    handshake: Handshake
    received: list[Any] = Field(default=[])
    frames: list[dict[str, Any]] = Field(default=[])
    matched: list[Any] = Field(default=[])
    close_code: int | None = None
    close_reason: str | None = None
    url: str

    def readable(self) -> dict[str, Any]:
        """Return the fields as plain values by name, as expressions read them."""
        handshake = {**self.handshake.model_dump(), "headers": self.handshake.headers}
        return {**super().readable(), "handshake": handshake}


class WebSocketAction(Action[WebSocketConfig, WebSocketResult]):
    """Sends and awaits messages over a connection of the flow's own."""

    name = "websocket"
    config = WebSocketConfig
    result = WebSocketResult
    retry_safe = False
    traced = True
    later = {"messages/*/expect": Later("expression", frozenset(("message", "frame")))}  # noqa: RUF012 - a ClassVar of Action

    def load(self) -> None:
        """Import the client."""
        import_module("testmesh_engine.websocket.conversation")

    async def run(self, config: WebSocketConfig, context: ActionContext) -> WebSocketResult:
        from testmesh_engine.websocket.conversation import converse

        return await converse(config, context)

    @classmethod
    def shown(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Return the config without what proves who asks."""
        shown = dict(values)
        if isinstance(values.get("url"), str):
            shown["url"] = hide_password(values["url"])
        if isinstance(values.get("headers"), dict):
            shown["headers"] = hide_headers(values["headers"])
        return shown
