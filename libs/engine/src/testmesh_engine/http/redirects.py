"""Where responses lead to: each is asked in its turn, and none is told credentials that were not meant for it."""

from typing import Any

from yarl import URL

from testmesh_engine.actions.http_request import HIDDEN_HEADERS, HttpRequestConfig, hide_password
from testmesh_engine.http.asked import MOVED, Answer, Ask, Asked
from testmesh_engine.http.shown import url_shown
from testmesh_sdk import ActionContext, ActionError

MOST = 10
_OF_BODY = frozenset(("content-type", "content-length", "content-encoding", "content-language", "transfer-encoding"))


async def follow(
    ask: Ask, asked: Asked, answer: Answer, config: HttpRequestConfig, context: ActionContext
) -> tuple[Answer, list[dict[str, Any]]]:
    """Ask where an answer leads to until one leads nowhere; return that one, and what was asked before.

    Raises:
        ActionError: it leads to more than ten others, or to what is no address.
    """
    what, hops = context.activity, list[dict[str, Any]]()
    while answer.status in MOVED and (location := next(iter(answer.all_of("location")), "")):
        hops.append(
            {
                "status": answer.status,
                "method": asked.method,
                "url": url_shown(config, asked.url),
                "location": hide_password(location),
            }
        )
        if len(hops) > MOST:
            last = ", ".join(hop["location"] for hop in hops[-3:])
            message = (
                f"redirected more than {MOST} times, at last to {last}; set follow_redirects: false to see the first"
            )
            raise ActionError("TM437", f"{what}: {message}")
        asked = _next(asked, answer, location, config, what)
        shown = url_shown(config, asked.url.with_user(None).with_query(None).with_fragment(None))
        context.activity = f"{what}, redirected to {asked.method} {shown}"
        answer = await ask(asked)
    return answer, hops


def _next(asked: Asked, answer: Answer, location: str, config: HttpRequestConfig, what: str) -> Asked:
    url = _target(asked.url, location, what)
    method, headers, data = asked.method, asked.headers, asked.data
    is_post = answer.status in (301, 302) and method == "POST"
    if is_post or (answer.status == 303 and method != "HEAD"):
        method, data = "GET", None
        headers = {name: value for name, value in headers.items() if name.lower() not in _OF_BODY}
    same = url.origin() == asked.url.origin()
    if not same:
        headers = _without_credentials(headers, config)
    elif url.user is None and asked.url.user is not None:
        url = url.with_user(asked.url.user).with_password(asked.url.password)
    return Asked(method, url, headers, data, is_trusted=asked.is_trusted and same)


def _target(base: URL, location: str, what: str) -> URL:
    shown = hide_password(location)[:200]
    try:
        url = base.join(URL(location))
        known = url.scheme in ("http", "https") and bool(url.host)
    except ValueError as error:
        raise ActionError("TM472", f"{what}: redirected to {shown!r}, which is no URL: {error}") from error
    if not known:
        message = "only http and https are followed; set follow_redirects: false to look at the redirect itself"
        raise ActionError("TM472", f"{what}: redirected to {shown!r}: {message}")
    if base.raw_fragment and not url.raw_fragment:
        return url.with_fragment(base.fragment)
    return url


def _without_credentials(headers: dict[str, str], config: HttpRequestConfig) -> dict[str, str]:
    key = config.auth.api_key if config.auth else None
    own = {"host"} if key is None else {"host", key.name.lower()}
    return {name: value for name, value in headers.items() if name.lower() not in HIDDEN_HEADERS | own}
