"""Tokens by OAuth 2 client credentials (RFC 6749): one for all who ask with the same, until shortly before its end."""

import asyncio
import base64
import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote_plus, urlencode

from yarl import URL

from testmesh_engine.actions.http_auth import OAuth2Auth
from testmesh_engine.actions.http_request import HttpRequestConfig, hide_password
from testmesh_engine.http.asked import Answer, Ask, Asked
from testmesh_sdk import ActionContext, ActionError

IDLE_S = 3600.0
UNSAID_S = 300.0
"""How long a token is kept whose end the server does not say."""
_EARLY_S = 30.0
_LONGEST_TOLD = 200
_TOKEN = re.compile(r"[\x21-\x7e]+")
_OK, _UNAUTHORIZED = 200, 401


@dataclass(frozen=True, slots=True)
class Token:
    """A token, and when it is asked for anew, by the loop's clock."""

    value: str = field(repr=False)
    ends: float


@dataclass(slots=True)
class Keeper:
    """Keeps one token. Whoever needs another asks for it, and the others wait for that one."""

    _token: Token | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def token(self, fetch: Callable[[], Awaitable[Token]], refused: Token | None = None) -> tuple[Token, bool]:
        """Return a token that is not the refused one, and whether it was fetched just now."""
        async with self._lock:
            kept = self._token
            if kept is not None and kept is not refused and kept.ends > asyncio.get_running_loop().time():
                return kept, False
            self._token = None
            self._token = await fetch()
            return self._token, True


def with_token(ask: Ask, config: HttpRequestConfig, auth: OAuth2Auth, context: ActionContext) -> Ask:
    """Return what asks as `ask` does, with a token; a kept one that is refused is replaced once."""

    async def fetch() -> Token:
        return await _fetched(ask, auth, context)

    async def signed(asked: Asked) -> Answer:
        if not asked.is_trusted:
            return await ask(asked)
        key = ("http token", context.egress, _digest(config, auth))
        async with context.resources.borrow(key, _open, _close, idle_s=IDLE_S) as keeper:
            token, fresh = await keeper.token(fetch)
            answer = await ask(_with(asked, token, context))
            if answer.status == _UNAUTHORIZED and not fresh:
                token, _ = await keeper.token(fetch, refused=token)
                answer = await ask(_with(asked, token, context))
            return answer

    return signed


def _with(asked: Asked, token: Token, context: ActionContext) -> Asked:
    context.hide(token.value)
    return replace(asked, headers={**asked.headers, "Authorization": f"Bearer {token.value}"})


def _digest(config: HttpRequestConfig, auth: OAuth2Auth) -> str:
    """Return what tells who asks, for what and over which connection, without saying it."""
    way = config.model_dump(mode="json", include={"verify_tls", "ca_cert", "client_cert", "proxy"})
    said = json.dumps([auth.model_dump(mode="json"), way], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


async def _open() -> Keeper:
    return Keeper()


async def _close(_: Keeper) -> None:
    """Nothing is open: a token is in memory alone."""


async def _fetched(ask: Ask, auth: OAuth2Auth, context: ActionContext) -> Token:
    doing = context.activity
    context.hide(auth.client_secret)
    asked = _request(auth, doing)
    what = f"{doing}: POST {asked.url.with_user(None).with_query(None)}, for a token"
    context.activity = what
    answer = await ask(asked)
    token = _token(answer, what)
    context.activity = doing
    context.hide(token.value)
    return token


def _request(auth: OAuth2Auth, doing: str) -> Asked:
    try:
        url = URL(auth.token_url)
        known = url.scheme in ("http", "https") and bool(url.host)
    except ValueError:
        known = False
    if not known:
        message = "begins with http:// or https:// and names a host"
        raise ActionError(
            "TM436", f"{doing}: auth.oauth2.token_url: {hide_password(auth.token_url)!r} is no URL: one {message}"
        )
    form = {"grant_type": "client_credentials", **auth.params}
    if auth.scope:
        form["scope"] = auth.scope if isinstance(auth.scope, str) else " ".join(auth.scope)
    if auth.audience is not None:
        form["audience"] = auth.audience
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if auth.credentials_in == "body":
        form |= {"client_id": auth.client_id, "client_secret": auth.client_secret}
    else:
        pair = f"{quote_plus(auth.client_id)}:{quote_plus(auth.client_secret)}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    # the step's own cookies are not for it
    return Asked("POST", url, headers, urlencode(form).encode(), is_trusted=False)


def _token(answer: Answer, what: str) -> Token:
    said = _json(answer.data)
    if answer.status != _OK:
        words = [str(said[name]) for name in ("error", "error_description") if said.get(name)]
        told = ": ".join(words) or answer.data.decode(errors="replace")
        reason = " ".join(told.split())[:_LONGEST_TOLD]
        message = f"the token server refuses: {answer.status} {reason}".rstrip()
        raise ActionError("TM467", f"{what}: {message}; look at client_id, client_secret, scope and audience")
    value, kind = said.get("access_token"), str(said.get("token_type") or "bearer")
    if not isinstance(value, str) or not _TOKEN.fullmatch(value) or kind.lower() != "bearer":
        found = f"a token of the type {kind}" if isinstance(value, str) else "no access_token in JSON"
        raise ActionError(
            "TM468", f"{what}: the answer holds {found}, and a bearer token is needed; is it the token_url?"
        )
    ends_in = _seconds(said.get("expires_in"))
    return Token(value, asyncio.get_running_loop().time() + ends_in - min(_EARLY_S, ends_in / 10))


def _json(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _seconds(said: Any) -> float:
    try:
        return max(0.0, float(said))
    except (TypeError, ValueError):
        return UNSAID_S
