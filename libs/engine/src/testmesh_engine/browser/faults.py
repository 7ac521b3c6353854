"""Why the browser did not do what it was told, in words that say what to do."""

import re
from typing import Final

from playwright.async_api import Error
from playwright.async_api import TimeoutError as NotInTimeError

from testmesh_engine.actions.http_request import hide_password
from testmesh_sdk import ActionError, ActionTimeoutError, format_duration

_NET: Final = re.compile(r"net::(ERR_[A-Z0-9_]+)")
_WORDS: Final = {
    "ERR_CONNECTION_REFUSED": "connection refused: nothing listens there; is the service running?",
    "ERR_NAME_NOT_RESOLVED": "the host has no address; check its name and the DNS",
    "ERR_INTERNET_DISCONNECTED": "there is no network",
    "ERR_ADDRESS_UNREACHABLE": "there is no way to that address",
    "ERR_CONNECTION_RESET": "the server cut the connection off",
    "ERR_EMPTY_RESPONSE": "the server closed the connection without a response",
    "ERR_TOO_MANY_REDIRECTS": "it redirects in a circle",
    "ERR_SSL_PROTOCOL_ERROR": "what answers is no TLS: does it speak plain http? then write http://",
    "ERR_UNSAFE_PORT": "browsers open no page on this port; take another",
    "ERR_INVALID_URL": "that is no address; write http:// or https:// and a host",
    "ERR_TUNNEL_CONNECTION_FAILED": "the way through the proxy failed: nothing listens there, or it has no address",
    "ERR_ABORTED": "no page came: the page before went elsewhere, or the response has no content",
}
_LOG: Final = re.compile(r"^\s*-\s+(.*)$")
_SAYS_NOTHING: Final = (
    "waiting ",
    "attempting",
    "retrying",
    "scrolling",
    "done scrolling",
    "locator resolved",
    "perform",
)
_NOISE: Final = ("waiting for", "navigating to")


def explain_navigation(error: Error, what: str, seconds: float) -> ActionError:
    """Return the error of a navigation that did not come to its end."""
    if isinstance(error, NotInTimeError):
        took = format_duration(round(seconds, 1) or 0.1)
        advice = "raise timeout, look at the server, or wait for less by wait_until"
        return ActionTimeoutError("TM554", f"{what}: the page was not there within {took}; {advice}")
    found = _NET.search(error.message)
    if "Download is starting" in error.message:
        return ActionError("TM552", f"{what}: no page came, but a file: let it come by download, from the page before")
    if found is None:
        return ActionError("TM552", f"{what}: {said(error)}")
    name = found[1]
    if name.startswith("ERR_CERT"):
        why = name.removeprefix("ERR_CERT_").replace("_", " ").lower()
        advice = "if the server is yours and its certificate self-signed, set verify_tls: false"
        return ActionError("TM553", f"{what}: TLS failed: the certificate is not trusted ({why}); {advice}")
    return ActionError("TM552", f"{what}: {_WORDS.get(name, f'the browser says {name}')}")


def said(error: Error) -> str:
    """Return what Playwright says, on one line: without its method's name and the log of its calls."""
    text = error.message.partition("Call log:")[0].partition("\nCall log")[0]
    first = " ".join(text.split())
    return hide_password(re.sub(r"^[A-Z]\w+\.\w+: ", "", first))[:500]


def why_not(error: Error) -> str:
    """Return the last thing that kept an element from being used, by the log of Playwright's calls; empty: none."""
    lines = [found[1] for line in error.message.splitlines() if (found := _LOG.match(line))]
    told = [line for line in lines if not line.startswith(_SAYS_NOTHING)]
    return told[-1].strip()[:300] if told else ""
