"""One request and its response."""

import base64
import json
import time
from typing import TYPE_CHECKING, Any

import aiohttp
from yarl import URL

from testmesh_engine.actions.http_request import (
    Headers,
    HttpRequestConfig,
    HttpRequestResult,
    HttpTimings,
    SentRequest,
    hide_headers,
    hide_password,
)
from testmesh_engine.http.bodies import parse_body, read_body
from testmesh_engine.http.faults import explain
from testmesh_engine.http.session import Marks, pooled_session
from testmesh_sdk import ActionContext, ActionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from testmesh_engine.actions.http_request import Parameter


async def exchange(config: HttpRequestConfig, context: ActionContext) -> HttpRequestResult:
    """Send a request and read all of its response.

    Raises:
        ActionError: there is no response, or no whole one.
    """
    url = _address(config)
    what = f"{config.method} {_without_secrets(url)}"
    context.activity = what
    session = await pooled_session(context)
    marks = Marks(time.perf_counter())
    try:
        async with session.request(config.method, url, trace_request_ctx=marks, **_options(config)) as response:
            first_byte = time.perf_counter() - marks.started
            data = await read_body(response, what)
    except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
        raise explain(error, what) from error
    return _result(config, response, data, _timings(marks, first_byte))


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
    query = [*_pairs(config.params)]
    key = config.auth.api_key if config.auth else None
    if key is not None and key.place == "query":
        query.append((key.name, key.value))
    return url.extend_query(query) if query else url


def _without_secrets(url: URL) -> str:
    return str(url.with_user(None).with_query(None).with_fragment(None))


def _options(config: HttpRequestConfig) -> dict[str, Any]:
    headers = {name: _text(value) for name, value in config.headers.items()}
    options: dict[str, Any] = {
        "headers": headers,
        "allow_redirects": config.follow_redirects,
        "timeout": aiohttp.ClientTimeout(total=config.timeout),
    }
    if config.cookies:
        options["cookies"] = config.cookies
    if not config.verify_tls:
        options["ssl"] = False
    _sign(config, headers)
    if config.form is not None:
        options["data"] = aiohttp.FormData([*_pairs(config.form)])
    elif config.body is not None:
        options["data"] = _body(config.body, headers)
    return options


def _body(body: Any, headers: dict[str, str]) -> bytes:
    typed = any(name.lower() == "content-type" for name in headers)
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


def _pairs(values: "Mapping[str, Parameter]") -> list[tuple[str, str]]:
    pairs = []
    for name, value in values.items():
        pairs += [(name, _text(item)) for item in (value if isinstance(value, list) else [value])]
    return pairs


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _timings(marks: Marks, first_byte: float) -> HttpTimings:
    return HttpTimings(
        dns=round(marks.dns * 1000, 3),
        connect=round(max(marks.connect, 0.0) * 1000, 3),
        first_byte=round(first_byte * 1000, 3),
        total=round((time.perf_counter() - marks.started) * 1000, 3),
    )


def _result(
    config: HttpRequestConfig, response: aiohttp.ClientResponse, data: bytes, timings: HttpTimings
) -> HttpRequestResult:
    body, text = parse_body(data, response.content_type, response.charset)
    raw = [[name, value] for name, value in response.headers.items()]
    joined: dict[str, str] = {}
    for name, value in raw:
        key = name.lower()
        joined[key] = f"{joined[key]}, {value}" if key in joined else value
    version = response.version
    sent = response.request_info
    return HttpRequestResult(
        status=response.status,
        headers=Headers(joined),
        headers_list=raw,
        cookies={name: morsel.value for name, morsel in response.cookies.items()},
        body=body,
        text=text,
        size_bytes=len(data),
        url=_url_shown(config, response.url),
        http_version=f"{version.major}.{version.minor}" if version else "",
        timings=timings,
        request=SentRequest(
            method=sent.method, url=_url_shown(config, sent.url), headers=_headers_shown(config, sent.headers)
        ),
    )


def _url_shown(config: HttpRequestConfig, url: URL) -> str:
    key = config.auth.api_key if config.auth else None
    if key is not None and key.place == "query" and key.name in url.query:
        url = url.update_query({key.name: "***"})
    return str(url.with_password("***") if url.password else url)


def _headers_shown(config: HttpRequestConfig, headers: "Mapping[str, str]") -> dict[str, str]:
    shown = hide_headers(headers)
    key = config.auth.api_key if config.auth else None
    return {name: "***" if key and name.lower() == key.name.lower() else value for name, value in shown.items()}
