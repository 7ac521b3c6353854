"""`http_request`: send one HTTP request and read the response. A status is data; assertions judge it."""

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, Literal, Self

from pydantic import Field, GetCoreSchemaHandler, field_validator, model_validator
from pydantic_core import CoreSchema, core_schema

from testmesh_engine.actions.http_auth import HttpAuth
from testmesh_sdk import Action, ActionConfig, ActionContext, ActionResult, Duration

HeaderValue = str | int | float | bool
Parameter = HeaderValue | list[HeaderValue]
HIDDEN = "***"
_SHOWN_OF_AUTH = frozenset(("username", "name", "in", "client_id", "scope", "audience", "credentials_in"))
_FILE_SOURCES = frozenset(("path", "text", "base64", "artifact"))
_PASSWORD_IN_URL = re.compile(r"(?m)(://[^\s/?#:@\[]*:)(?!\d*(?:[\s/?#]|$))(?:[^\s/?#]*@|\S*@)")
"""Also one with signs that belong percent-encoded, in a URL that is none for that reason."""
HIDDEN_HEADERS = frozenset(("authorization", "proxy-authorization", "cookie", "x-api-key"))


class HttpFile(ActionConfig):
    """A file to send, from exactly one of path, text, base64, artifact."""

    path: str | None = Field(default=None, min_length=1, description="Relative to the flow's file")
    text: str | None = Field(default=None, description="The content itself")
    base64: str | None = Field(default=None, description="The content itself, in base64")
    artifact: str | dict[str, Any] | None = Field(
        default=None, description="What an earlier step kept: its body, or the id of the artifact"
    )
    filename: str | None = Field(default=None, description="What the server is told; by default the path's last part")
    content_type: str | None = Field(default=None, description="By default what the filename's ending means")

    @model_validator(mode="after")
    def has_one_source(self) -> Self:
        if len(self.model_fields_set & _FILE_SOURCES) != 1:
            raise ValueError("a file holds exactly one of path, text, base64, artifact")
        return self


class ClientCertificate(ActionConfig):
    """What proves to a server who connects. On a server of TestMesh: PEM text, from a secret."""

    cert: str = Field(min_length=1, description="PEM, or the path of a PEM file")
    key: str | None = Field(default=None, min_length=1, description="PEM or path; left out where cert holds it, too")
    password: str | None = Field(default=None, description="Of the key, where it has one")


FileGiven = str | HttpFile


class HttpRequestConfig(ActionConfig):
    """A request. A map or a list as `body` is sent as JSON, a text as it is."""

    method: str = Field(pattern=r"^[A-Za-z]{1,20}$", examples=["GET", "POST"], description="GET, POST or any other")
    url: str = Field(min_length=1, description="With scheme and host")
    params: dict[str, Parameter] = Field(default={}, description="Added to the URL's query")
    headers: dict[str, HeaderValue] = Field(default={}, description="Sent beside those that the request needs anyway")
    body: Any = Field(default=None, description="JSON, or text")
    body_base64: str | None = Field(default=None, description="Bytes in base64, sent as they are, instead of body")
    form: dict[str, Parameter] | None = Field(default=None, description="Sent as a form, instead of body")
    files: dict[str, FileGiven | list[FileGiven]] | None = Field(
        default=None, description="Sent as multipart/form-data, together with form: paths, or maps that say more"
    )
    auth: HttpAuth | None = Field(default=None, description="Who asks: one of basic, bearer, api_key, digest, oauth2")
    cookies: dict[str, str] | Literal[False] = Field(
        default={}, description="Sent with this request alone, beside those kept; false: none are sent or kept"
    )
    follow_redirects: bool = Field(default=True, description="Ask where a redirect points to, too")
    verify_tls: bool = Field(default=True, description="Refuse a certificate that cannot be trusted")
    ca_cert: str | None = Field(
        default=None,
        min_length=1,
        description="Who is trusted beside the machine's own: PEM, or the path of a PEM file",
    )
    client_cert: ClientCertificate | None = Field(default=None, description="What proves who connects")
    proxy: str | Literal[False] | None = Field(
        default=None, description="http://host:port to go through; false: none, whatever the environment says"
    )
    http2: bool = Field(default=False, description="Speak HTTP/2 where the server does")
    timeout: Duration | None = Field(default=None, description="For the whole exchange")

    @field_validator("method")
    @classmethod
    def in_capitals(cls, value: str) -> str:
        return value.upper()

    @model_validator(mode="after")
    def has_one_body(self) -> Self:
        given = [name for name in ("body", "body_base64", "form", "files") if getattr(self, name) is not None]
        if len(given) > 1 and given != ["form", "files"]:
            raise ValueError(f"a request has one body, not {' and '.join(given)}")
        return self

    @model_validator(mode="after")
    def trusts_somebody_in_particular_or_everybody(self) -> Self:
        if self.ca_cert is not None and not self.verify_tls:
            raise ValueError("ca_cert says whom to trust, verify_tls: false trusts everybody; leave one out")
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
    """Milliseconds; `dns`, `connect` and `tls` are 0 on a connection that was open already."""

    dns: float = 0.0
    connect: float = 0.0
    tls: float = 0.0
    first_byte: float = 0.0
    total: float = 0.0


class SentRequest(ActionConfig):
    """The request as it went out; who asks is hidden."""

    method: str
    url: str
    headers: dict[str, str]


class HttpRequestResult(ActionResult):
    """A response. `body` is parsed where the content is JSON, text where it is text, else kept as an artifact."""

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
    redirects: list[dict[str, Any]] = Field(default=[])
    """What was asked before, each with `status`, `method`, `url` and `location`."""


class HttpRequestAction(Action[HttpRequestConfig, HttpRequestResult]):
    """Sends a request over connections that outlive the step."""

    name = "http_request"
    config = HttpRequestConfig
    result = HttpRequestResult
    traced = True

    def load(self) -> None:
        """Import the client, which takes longer than many a request."""
        import_module("testmesh_engine.http.exchange")

    async def run(self, config: HttpRequestConfig, context: ActionContext) -> HttpRequestResult:
        from testmesh_engine.http.exchange import exchange

        return await exchange(config, context)

    @classmethod
    def files_in(cls, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield the paths of the files to send; keys and certificates do not travel."""
        files = values.get("files")
        for name, given in files.items() if isinstance(files, dict) else ():
            several = given if isinstance(given, list) else [given]
            for number, each in enumerate(several):
                place = f"/files/{_pointer_part(name)}" + (f"/{number}" if several is given else "")
                path = each.get("path") if isinstance(each, dict) else each
                if isinstance(path, str):
                    yield (f"{place}/path" if isinstance(each, dict) else place), path

    @classmethod
    def shown(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Return the config without what proves who asks."""
        shown = dict(values)
        for name in ("url", "proxy"):
            if isinstance(values.get(name), str):
                shown[name] = hide_password(values[name])
        if values.get("client_cert") is not None:
            shown["client_cert"] = _hidden_certificate(values["client_cert"])
        if values.get("auth") is not None:
            shown["auth"] = _hidden_auth(values["auth"])
        if isinstance(values.get("headers"), dict):
            shown["headers"] = hide_headers(values["headers"])
        if isinstance(values.get("cookies"), dict):
            shown["cookies"] = dict.fromkeys(values["cookies"], HIDDEN)
        return shown


def hide_headers(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Return headers without the values that prove who asks."""
    return {str(name): HIDDEN if str(name).lower() in HIDDEN_HEADERS else value for name, value in headers.items()}


def hide_password(text: str) -> str:
    """Return a URL, or a text with one in it, without the password before the host."""
    return _PASSWORD_IN_URL.sub(rf"\g<1>{HIDDEN}@", text) if "@" in text else text


def _pointer_part(name: str) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")


def _hidden_certificate(given: Any) -> Any:
    """Return paths as they are; a key that is written out is a secret, and so is a password."""
    if not isinstance(given, dict):
        return HIDDEN
    return {
        name: value if name in ("cert", "key") and isinstance(value, str) and "PRIVATE KEY" not in value else HIDDEN
        for name, value in given.items()
    }


def _hidden_auth(auth: Any) -> Any:
    if not isinstance(auth, dict):
        return HIDDEN
    return {kind: _hidden_way(given) for kind, given in auth.items()}


def _hidden_way(given: Any) -> Any:
    if not isinstance(given, dict):
        return HIDDEN
    shown = {name: value if name in _SHOWN_OF_AUTH and _is_plain(value) else HIDDEN for name, value in given.items()}
    if isinstance(given.get("token_url"), str):
        shown["token_url"] = hide_password(given["token_url"])
    return shown


def _is_plain(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in value))
