"""What is trusted and shown in a TLS handshake; imported with the first address that begins with https."""

import asyncio
import hashlib
import ssl
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from testmesh_engine.actions.http_request import HttpRequestConfig
from testmesh_engine.http.session import WAITING, Marks
from testmesh_engine.regular_files import read_regular
from testmesh_sdk import ActionContext, ActionError

MARKS: ContextVar[Marks | None] = ContextVar("testmesh_http_marks", default=None)
"""The marks of the exchange under way: the loop begins its handshake in a callback that inherits this."""
HANDSHAKE = "in the TLS handshake"
_IDLE_S = 60.0
_MOST_PEM_BYTES = 1024 * 1024


class TimedContext(ssl.SSLContext):
    """A context that notes when a handshake begins."""

    def wrap_bio(self, *args: Any, **options: Any) -> ssl.SSLObject:
        marks = MARKS.get()
        if marks is not None:
            marks.handshake, marks.phase = time.perf_counter(), HANDSHAKE
        return super().wrap_bio(*args, **options)


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to trust, and what to show: all as PEM. Equal ones share their connections."""

    verify: bool = True
    ca: str = ""
    cert: str = ""
    key: str = ""
    password: str = ""
    http2: bool = False

    def digest(self) -> str:
        """Return what tells it from any other, without its secrets."""
        parts = [repr(getattr(self, each.name)) for each in fields(self)]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


async def trust_of(config: HttpRequestConfig, context: ActionContext) -> Trust:
    """Return what a config says of trust, with the files that it names read.

    Raises:
        ActionError: a file is not to be read, here or at all.
    """
    given = config.client_cert
    if given is not None and given.password:
        context.hide(given.password)
    return Trust(
        verify=config.verify_tls,
        ca=await _pem(config.ca_cert, "ca_cert", context) if config.ca_cert else "",
        cert=await _pem(given.cert, "client_cert.cert", context) if given else "",
        key=await _pem(given.key, "client_cert.key", context) if given and given.key else "",
        password=(given.password or "") if given else "",
        http2=config.http2,
    )


async def plain_context(context: ActionContext, verify: bool, marks: Marks) -> ssl.SSLContext:
    """Return the runner's context for connections that ask for nothing else."""
    MARKS.set(marks)
    key = ("http tls", verify)
    found: ssl.SSLContext | None = context.resources.find(key)
    if found is None:
        marks.phase = "reading whom this machine trusts"
        found = await context.resources.get(key, lambda: _open(Trust(verify=verify)), _forget)
        marks.phase = WAITING
    return found


@asynccontextmanager
async def own_context(context: ActionContext, trust: Trust) -> AsyncIterator[ssl.SSLContext]:
    """Give the context of a trust for the block; one that nobody uses for a minute is forgotten.

    Raises:
        ActionError: what was given is no certificate or no key.
    """
    key = ("http tls", trust.digest())
    async with context.resources.borrow(key, lambda: _open(trust), _forget, idle_s=_IDLE_S) as found:
        yield found


async def _pem(given: str, name: str, context: ActionContext) -> str:
    if "-----BEGIN" in given:
        return given
    if not context.local_files:
        message = "a flow on this server opens no files; put the PEM text into a secret, and name that here"
        raise ActionError("TM465", f"{name}: {given!r} is a path, and {message}")
    if not Path(given).is_absolute():
        return _text(await context.read_file(given), given, name)
    try:
        data = await asyncio.to_thread(read_regular, Path(given), _MOST_PEM_BYTES)
    except OSError as error:
        message = f"the file {given!r} cannot be read: {error.strerror or error}; look at the path"
        raise ActionError("TM464", f"{name}: {message}") from error
    return _text(data, given, name)


def _text(data: bytes, path: str, name: str) -> str:
    try:
        return data.decode("ascii")
    except UnicodeDecodeError as error:
        message = f"{path!r} is no PEM file; convert it, for instance with openssl x509 -outform pem"
        raise ActionError("TM464", f"{name}: {message}") from error


async def _open(trust: Trust) -> ssl.SSLContext:
    # Trust of the machine is read from the disk.
    return await asyncio.to_thread(_made, trust)


async def _forget(_: ssl.SSLContext) -> None:
    """Leave it to whoever holds a connection of it."""


def _made(trust: Trust) -> ssl.SSLContext:
    made = TimedContext(ssl.PROTOCOL_TLS_CLIENT)
    if trust.verify:
        made.load_default_certs()
    else:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    if not trust.http2:
        made.set_alpn_protocols(["http/1.1"])
    if trust.ca:
        try:
            made.load_verify_locations(cadata=trust.ca)
        except (ssl.SSLError, ValueError) as error:
            raise ActionError("TM464", f"ca_cert holds no certificate in PEM: {_said(error)}; look at it") from error
    if trust.cert:
        _show(made, trust)
    return made


def _show(made: ssl.SSLContext, trust: Trust) -> None:
    """Load a certificate and its key; OpenSSL reads them from a file alone."""
    with tempfile.TemporaryDirectory(prefix="testmesh-") as folder:
        path = Path(folder) / "chain.pem"
        path.touch(mode=0o600)
        path.write_text(f"{trust.key}\n{trust.cert}\n")
        try:
            made.load_cert_chain(path, password=trust.password)
        except (ssl.SSLError, ValueError, OSError) as error:
            message = "cert and key have to be PEM and belong together, and password has to be the key's"
            raise ActionError("TM464", f"client_cert cannot be used: {_said(error)}; {message}") from error


def _said(error: Exception) -> str:
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(reason).replace("_", " ").lower()
