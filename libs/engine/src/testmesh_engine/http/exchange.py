"""One request and its response."""

import asyncio
import base64
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from testmesh_engine.actions.http_request import (
    Headers,
    HttpRequestConfig,
    HttpRequestResult,
    HttpTimings,
    SentRequest,
    hide_password,
)
from testmesh_engine.http.asked import MOVED, Answer, Asked
from testmesh_engine.http.bodies import parse_body, read_body
from testmesh_engine.http.faults import explain
from testmesh_engine.http.session import WAITING, Marks, pooled_session
from testmesh_engine.http.shown import headers_shown, url_shown
from testmesh_sdk import ActionContext, ActionError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from testmesh_engine.actions.http_request import Parameter

_RARE = frozenset(("files", "body_base64", "ca_cert", "client_cert", "proxy", "http2"))
_COOKIES = "http cookies"
_FORM = "application/x-www-form-urlencoded"


async def exchange(config: HttpRequestConfig, context: ActionContext) -> HttpRequestResult:
    """Send a request and read all of its response.

    Raises:
        ActionError: there is no response, or no whole one.
    """
    url = _address(config)
    what = f"{config.method} {_without_secrets(url)}"
    context.activity = what
    marks = Marks(time.perf_counter())
    try:
        if config.timeout is None:
            return await _carried_out(config, context, url, marks)
        async with asyncio.timeout(config.timeout):
            return await _carried_out(config, context, url, marks)
    except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
        raise explain(error, context.activity, marks.phase, config) from error
    except asyncio.CancelledError:
        context.activity = f"{context.activity}, {marks.phase}"
        raise


async def _carried_out(config: HttpRequestConfig, context: ActionContext, url: URL, marks: Marks) -> HttpRequestResult:
    session = await pooled_session(context)
    asked = Asked(config.method, url, *_content(config, context))
    sender = Sender(config, context, session, marks)
    if _is_rare(config, context):
        from testmesh_engine.http.rare import answer_of

        answer, hops = await answer_of(sender, asked)
    else:
        answer, hops = await sender.ask(asked), []
        if answer.status in MOVED and config.follow_redirects:
            from testmesh_engine.http.redirects import follow

            answer, hops = await follow(sender.ask, asked, answer, config, context)
    return await _result(sender, answer, hops)


def _is_rare(config: HttpRequestConfig, context: ActionContext) -> bool:
    """Say whether a request needs what most do not."""
    auth = config.auth
    return (
        not _RARE.isdisjoint(config.model_fields_set)
        or (auth is not None and (auth.oauth2 is not None or auth.digest is not None))
        or bool(context.proxies)
    )


@dataclass(slots=True)
class Sender:
    """Sends what one step asks, each request over the runner's connections."""

    config: HttpRequestConfig
    context: ActionContext
    session: aiohttp.ClientSession
    marks: Marks
    proxy: URL | None = None
    tls: "ssl.SSLContext | None" = None

    async def ask(self, asked: Asked) -> Answer:
        """Send one request, with the cookies that belong to its address; keep those that its response sets."""
        self.marks.phase = WAITING
        options: dict[str, Any] = {} if self.proxy is None else {"proxy": self.proxy}
        if asked.url.scheme == "https":
            options["ssl"] = self.tls or await self._plain_tls()
        async with self.session.request(
            asked.method,
            asked.url,
            headers=self.headers_of(asked),
            data=asked.data,
            allow_redirects=False,
            trace_request_ctx=self.marks,
            **options,
        ) as response:
            self.marks.first_byte = time.perf_counter() - self.marks.started
            self.marks.phase = "reading the response"
            answer = _answer(response, await read_body(response, self.context.activity))
        if "Set-Cookie" in response.headers:
            await self.keep_cookies(answer)
        return answer

    async def keep_cookies(self, answer: Answer) -> None:
        """Keep what a response sets for the steps that follow."""
        from testmesh_engine.http.cookies import cookies_set, keep_cookies

        written = answer.all_of("set-cookie")
        answer.cookies = cookies_set(written)
        if self.config.cookies is not False:
            await keep_cookies(self.context, answer.url, written)

    def headers_of(self, asked: Asked) -> dict[str, str]:
        """Return the headers of a request, with the cookies that belong to its address."""
        own = self.config.cookies
        if own is False or (not own and self.context.execution.find(_COOKIES) is None):
            return asked.headers
        from testmesh_engine.http.cookies import with_cookies

        return with_cookies(asked, own if asked.is_trusted else {}, self.context)

    async def _plain_tls(self) -> "ssl.SSLContext":
        from testmesh_engine.http.tls import plain_context

        return await plain_context(self.context, self.config.verify_tls, self.marks)


def _answer(response: aiohttp.ClientResponse, data: bytes) -> Answer:
    version, sent = response.version, response.request_info
    return Answer(
        status=response.status,
        raw=[[name, value] for name, value in response.headers.items()],
        data=data,
        url=response.url,
        version=f"{version.major}.{version.minor}" if version else "",
        content_type=response.content_type,
        charset=response.charset,
        sent_method=sent.method,
        sent_url=sent.url,
        sent_headers=sent.headers,
    )


def _address(config: HttpRequestConfig) -> URL:
    shown = hide_password(config.url)
    try:
        url = URL(config.url)
        known = url.scheme in ("http", "https") and bool(url.host)
    except ValueError as error:
        why = str(error) if shown == config.url else "are the signs of the password percent-encoded?"
        raise ActionError("TM436", f"{shown!r} is no URL: {why}") from error
    if not known:
        message = f"{shown!r} is no URL to ask: it begins with http:// or https:// and names a host"
        raise ActionError("TM436", message)
    query = [*pairs(config.params)]
    key = config.auth.api_key if config.auth else None
    if key is not None and key.place == "query":
        query.append((key.name, key.value))
    return url.extend_query(query) if query else url


def _without_secrets(url: URL) -> str:
    return str(url.with_user(None).with_query(None).with_fragment(None))


def _content(config: HttpRequestConfig, context: ActionContext) -> tuple[dict[str, str], bytes | None]:
    """Return the headers and the body of a request; files are read later."""
    headers = {name: _text(value) for name, value in config.headers.items()}
    if context.traceparent is not None and not _has(headers, "traceparent"):
        headers["traceparent"] = context.traceparent
    _sign(config, headers)
    if config.body is not None:
        return headers, _body(config.body, headers)
    if config.form is not None and config.files is None:
        if not _has(headers, "content-type"):
            headers["Content-Type"] = _FORM
        return headers, urlencode([*pairs(config.form)]).encode()
    return headers, None


def _has(headers: dict[str, str], wanted: str) -> bool:
    return any(name.lower() == wanted for name in headers)


def _body(body: Any, headers: dict[str, str]) -> bytes:
    typed = _has(headers, "content-type")
    if isinstance(body, str):
        if not typed:
            headers["Content-Type"] = "text/plain; charset=utf-8"
        return body.encode()
    if not typed:
        headers["Content-Type"] = "application/json"
    return json.dumps(body, ensure_ascii=False, allow_nan=False, default=str).encode()


def _sign(config: HttpRequestConfig, headers: dict[str, str]) -> None:
    auth = config.auth
    if auth is None:
        return
    if auth.bearer is not None:
        headers["Authorization"] = f"Bearer {auth.bearer}"
    elif auth.basic is not None:
        pair = f"{auth.basic.username}:{auth.basic.password}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    elif auth.api_key is not None and auth.api_key.place == "header":
        headers[auth.api_key.name] = auth.api_key.value


def pairs(values: "Mapping[str, Parameter]") -> list[tuple[str, str]]:
    """Return names and values as texts; a list gives its name several values."""
    found = []
    for name, value in values.items():
        found += [(name, _text(item)) for item in (value if isinstance(value, list) else [value])]
    return found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _timings(marks: Marks) -> HttpTimings:
    return HttpTimings(
        dns=round(marks.dns * 1000, 3),
        connect=round(max(marks.connect - marks.dns - marks.tls, 0.0) * 1000, 3),
        tls=round(marks.tls * 1000, 3),
        first_byte=round(marks.first_byte * 1000, 3),
        total=round((time.perf_counter() - marks.started) * 1000, 3),
    )


async def _result(sender: Sender, answer: Answer, hops: list[dict[str, Any]]) -> HttpRequestResult:
    config, timings = sender.config, _timings(sender.marks)
    body, text = parse_body(answer.data, answer.content_type, answer.charset)
    if type(body) is bytes:
        from testmesh_engine.http.downloads import kept_body

        body = await kept_body(answer, sender.context)
    joined: dict[str, str] = {}
    for name, value in answer.raw:
        key = name.lower()
        joined[key] = f"{joined[key]}, {value}" if key in joined else value
    return HttpRequestResult(
        status=answer.status,
        headers=Headers(joined),
        headers_list=answer.raw,
        cookies=answer.cookies,
        body=body,
        text=text,
        size_bytes=len(answer.data),
        url=url_shown(config, answer.url),
        http_version=answer.version,
        timings=timings,
        request=SentRequest(
            method=answer.sent_method,
            url=url_shown(config, answer.sent_url),
            headers=headers_shown(config, answer.sent_headers),
        ),
        redirects=hops,
    )
