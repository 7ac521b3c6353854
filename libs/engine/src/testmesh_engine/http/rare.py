"""Requests that need more than most: files, certificates, proxies, HTTP/2, and proofs that are asked for first."""

from contextlib import AsyncExitStack
from typing import Any

from testmesh_engine.http.asked import MOVED, Answer, Ask, Asked
from testmesh_engine.http.exchange import Sender, pairs
from testmesh_engine.http.multipart import bytes_of, multipart_of
from testmesh_engine.http.proxies import EnvironmentProxies, proxy_url
from testmesh_engine.http.redirects import follow
from testmesh_sdk import ActionError


async def answer_of(sender: Sender, asked: Asked) -> tuple[Answer, list[dict[str, Any]]]:
    """Ask, and ask again where that is called for; return the last answer, and what it was redirected by.

    Raises:
        ActionError: something that the request needs cannot be had, or there is no answer.
    """
    config, context = sender.config, sender.context
    await _fill(sender, asked)
    async with AsyncExitStack() as stack:
        ask = _signed(sender, await _way(sender, stack))
        answer = await ask(asked)
        if answer.status in MOVED and config.follow_redirects:
            return await follow(ask, asked, answer, config, context)
        return answer, []


async def _fill(sender: Sender, asked: Asked) -> None:
    """Give a request the body that had to be read or decoded first."""
    config, context = sender.config, sender.context
    if config.body_base64 is not None:
        asked.data = bytes_of(config.body_base64, "body_base64", context)
        _say_type(asked, "application/octet-stream")
    elif config.files is not None:
        content_type, asked.data = await multipart_of(config, pairs(config.form or {}), context)
        asked.headers = {name: value for name, value in asked.headers.items() if name.lower() != "content-type"}
        _say_type(asked, content_type)


def _say_type(asked: Asked, content_type: str) -> None:
    if not any(name.lower() == "content-type" for name in asked.headers):
        asked.headers["Content-Type"] = content_type


async def _way(sender: Sender, stack: AsyncExitStack) -> Ask:
    """Return what sends: by which certificates, through which proxy, in which version of HTTP."""
    config, context = sender.config, sender.context
    if config.ca_cert is not None or config.client_cert is not None or config.http2:
        from testmesh_engine.http.tls import MARKS, own_context, trust_of

        MARKS.set(sender.marks)
        trust = await trust_of(config, context)
        sender.tls = await stack.enter_async_context(own_context(context, trust))
        if config.http2:
            from testmesh_engine.http.http2 import Http2Sender

            return _through_proxies(sender, Http2Sender(sender, trust.digest()).ask)
    return _through_proxies(sender, sender.ask)


def _through_proxies(sender: Sender, ask: Ask) -> Ask:
    config, context = sender.config, sender.context
    if config.proxy is False or (config.proxy is None and not context.proxies):
        return ask
    environment = EnvironmentProxies.of(context.proxies)

    async def through(asked: Asked) -> Answer:
        found = config.proxy
        if found is None:
            found = environment.proxy_for(asked.url)
        sender.proxy = proxy_url(found, f"{context.activity}: proxy") if found else None
        if sender.proxy is not None and sender.proxy.password:
            context.hide(sender.proxy.password)
        answer = await ask(asked)
        if sender.proxy is not None and answer.status == 407:
            place = f"{sender.proxy.host}:{sender.proxy.port}"
            message = f"the proxy {place} wants to know who asks (407); write http://user:password@{place} as proxy"
            raise ActionError("TM469", f"{context.activity}: {message}")
        return answer

    return through


def _signed(sender: Sender, ask: Ask) -> Ask:
    auth = sender.config.auth
    if auth is not None and auth.digest is not None:
        from testmesh_engine.http.digest import with_digest

        return with_digest(ask, auth.digest, sender.context)
    if auth is not None and auth.oauth2 is not None:
        from testmesh_engine.http.oauth2 import with_token

        return with_token(ask, sender.config, auth.oauth2, sender.context)
    return ask
