"""`http_request`: send one HTTP request and read the response. A status is data; assertions judge it."""

import re
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Literal, Self

from pydantic import Field, GetCoreSchemaHandler, field_validator, model_validator
from pydantic_core import CoreSchema, core_schema

from testmesh_sdk import Action, ActionConfig, ActionContext, ActionResult, Duration

HeaderValue = str | int | float | bool
Parameter = HeaderValue | list[HeaderValue]
HIDDEN = "***"
_SHOWN_OF_AUTH = frozenset(("username", "name", "in"))
_PASSWORD_IN_URL = re.compile(r"(?m)(://[^\s/?#:@\[]*:)(?!\d*(?:[\s/?#]|$))(?:[^\s/?#]*@|\S*@)")
"""Also one with signs that belong percent-encoded, in a URL that is none for that reason."""
_HIDDEN_HEADERS = frozenset(("authorization", "proxy-authorization", "cookie", "x-api-key"))


class BasicAuth(ActionConfig):
    """A name and a password, sent in the Authorization header."""

    username: str = Field(description="Who asks")
    password: str = Field(description="Hidden in all that is shown and recorded")


class ApiKeyAuth(ActionConfig):
    """A key, sent under a name of one's own in a header or in the query."""

    name: str = Field(default="X-API-Key", description="What the header or the parameter is called")
    value: str = Field(description="Hidden in all that is shown and recorded")
    place: Literal["header", "query"] = Field(default="header", alias="in", description="Where it is sent")


class HttpAuth(ActionConfig):
    """One way to say who asks."""

    basic: BasicAuth | None = Field(default=None, description="A name and a password")
    bearer: str | None = Field(default=None, description="A token, sent as Authorization: Bearer")
    api_key: ApiKeyAuth | None = Field(default=None, description="A key in a header or in the query")

    @model_validator(mode="after")
    def says_one_way(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("auth holds exactly one of basic, bearer, api_key")
        return self


class HttpRequestConfig(ActionConfig):
    """A request. A map or a list as `body` is sent as JSON, a text as it is."""

    method: str = Field(pattern=r"^[A-Za-z]{1,20}$", examples=["GET", "POST"], description="GET, POST or any other")
    url: str = Field(min_length=1, description="With scheme and host")
    params: dict[str, Parameter] = Field(default={}, description="Added to the URL's query")
    headers: dict[str, HeaderValue] = Field(default={}, description="Sent beside those that the request needs anyway")
    body: Any = Field(default=None, description="JSON, or text")
    form: dict[str, Parameter] | None = Field(default=None, description="Sent as a form, instead of body")
    auth: HttpAuth | None = Field(default=None, description="Who asks: one of basic, bearer, api_key")
    cookies: dict[str, str] = Field(default={}, description="Sent with this request alone")
    follow_redirects: bool = Field(default=True, description="Ask where a redirect points to, too")
    verify_tls: bool = Field(default=True, description="Refuse a certificate that cannot be trusted")
    timeout: Duration | None = Field(default=None, description="For the whole exchange")

    @field_validator("method")
    @classmethod
    def in_capitals(cls, value: str) -> str:
        return value.upper()

    @model_validator(mode="after")
    def has_one_body(self) -> Self:
        if self.form is not None and self.body is not None:
            raise ValueError("a request has a body or a form, not both")
        return self


class Headers(dict[str, str]):
    """Headers by name, in whichever case the name is written; kept in lower case."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        super().__init__({name.lower(): value for name, value in (values or {}).items()})

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        texts = core_schema.dict_schema(core_schema.str_schema(), core_schema.str_schema())
        return core_schema.no_info_after_validator_function(cls, texts)


class HttpTimings(ActionConfig):
    """Milliseconds; `dns` and `connect` are 0 on a connection that was open already."""

    dns: float = 0.0
    connect: float = 0.0
    first_byte: float = 0.0
    total: float = 0.0


class SentRequest(ActionConfig):
    """The request as it went out; who asks is hidden."""

    method: str
    url: str
    headers: dict[str, str]


class HttpRequestResult(ActionResult):
    """A response. `body` is parsed where the content is JSON, text where it is text, else base64."""

    status: int
    headers: Headers
    headers_list: list[list[str]] = Field(default=[])
    cookies: dict[str, str] = Field(default={})
    body: Any = None
    text: str = ""
    size_bytes: int = 0
    url: str
    http_version: str
    timings: HttpTimings
    request: SentRequest


class HttpRequestAction(Action[HttpRequestConfig, HttpRequestResult]):
    """Sends a request over connections that outlive the step."""

    name = "http_request"
    config = HttpRequestConfig
    result = HttpRequestResult

    def load(self) -> None:
        """Import the client, which takes longer than many a request."""
        import_module("testmesh_engine.http.exchange")

    async def run(self, config: HttpRequestConfig, context: ActionContext) -> HttpRequestResult:
        from testmesh_engine.http.exchange import exchange

        return await exchange(config, context)

    @classmethod
    def shown(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Return the config without what proves who asks."""
        shown = dict(values)
        if isinstance(values.get("url"), str):
            shown["url"] = hide_password(values["url"])
        if values.get("auth") is not None:
            shown["auth"] = _hidden_auth(values["auth"])
        if isinstance(values.get("headers"), dict):
            shown["headers"] = hide_headers(values["headers"])
        if isinstance(values.get("cookies"), dict):
            shown["cookies"] = dict.fromkeys(values["cookies"], HIDDEN)
        return shown


def hide_headers(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Return headers without the values that prove who asks."""
    return {str(name): HIDDEN if str(name).lower() in _HIDDEN_HEADERS else value for name, value in headers.items()}


def hide_password(text: str) -> str:
    """Return a URL, or a text with one in it, without the password before the host."""
    return _PASSWORD_IN_URL.sub(rf"\g<1>{HIDDEN}@", text)


def _hidden_auth(auth: Any) -> Any:
    if not isinstance(auth, dict):
        return HIDDEN
    return {kind: _hidden_way(given) for kind, given in auth.items()}


def _hidden_way(given: Any) -> Any:
    if not isinstance(given, dict):
        return HIDDEN
    public = {name for name, value in given.items() if name in _SHOWN_OF_AUTH and isinstance(value, str)}
    return {name: value if name in public else HIDDEN for name, value in given.items()}
