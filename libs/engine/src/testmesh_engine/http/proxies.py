"""Proxies: the one that a step names, or those of the environment of whoever runs a flow in a terminal."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

from yarl import URL

from testmesh_engine.actions.http_request import hide_password
from testmesh_sdk import ActionError

_WHO = 407


@dataclass(frozen=True, slots=True)
class EnvironmentProxies:
    """What `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` say, in either case; loopback needs none."""

    by_scheme: Mapping[str, str]
    without: tuple[str, ...]

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "EnvironmentProxies":
        """Return what variables say; where a name is there in both cases, the lower one."""
        named = {name.lower(): value for name, value in sorted(given.items()) if value}
        every = named.get("all_proxy", "")
        found = {scheme: named.get(f"{scheme}_proxy", every) for scheme in ("http", "https")}
        without = tuple(part.strip().lower() for part in named.get("no_proxy", "").split(",") if part.strip())
        return cls({scheme: proxy for scheme, proxy in found.items() if proxy}, without)

    def proxy_for(self, url: URL) -> str | None:
        """Return the proxy for an address, or None where it is asked straight."""
        host = (url.host or "").lower()
        proxy = self.by_scheme.get(url.scheme)
        if proxy is None or _is_loopback(host) or any(_covers(entry, host, url.port) for entry in self.without):
            return None
        return proxy if "://" in proxy else f"http://{proxy}"


def proxy_url(given: str, where: str) -> URL:
    """Return the address of a proxy.

    Raises:
        ActionError: it is none that can be spoken to.
    """
    try:
        url = URL(given)
        is_one = url.scheme == "http" and bool(url.host)
    except ValueError:
        is_one = False
    if not is_one:
        message = "a proxy is written http://host:port, or http://user:password@host:port; SOCKS is not spoken"
        raise ActionError("TM469", f"{where}: {hide_password(given)!r} is no proxy that can be used: {message}")
    return url


def proxy_unreachable(what: str, place: str, error: OSError) -> ActionError:
    """Return the error of a proxy that cannot be spoken to."""
    said = (error.strerror or str(error) or "it was cut off").lower()
    message = f"no connection to the proxy {place}: {said}; is it running, and is proxy (or HTTP_PROXY) right?"
    return ActionError("TM469", f"{what}: {message}")


def proxy_refused(what: str, status: int, said: str) -> ActionError:
    """Return the error of a proxy that makes no way to the target."""
    wants = (
        "write its user and password into proxy: http://user:password@host:port"
        if status == _WHO
        else ("look at what it allows and reaches, or set proxy: false")
    )
    told = " ".join(said.split())
    return ActionError("TM469", f"{what}: the proxy makes no connection to the target: {status} {told}; {wants}")


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _covers(entry: str, host: str, port: int | None) -> bool:
    if entry == "*":
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        pass
    name, _, number = entry.rpartition(":") if entry.count(":") == 1 else (entry, "", "")
    if number and number != str(port):
        return False
    name = (name or entry).removeprefix("*").removeprefix(".")
    return host == name or host.endswith(f".{name}")
