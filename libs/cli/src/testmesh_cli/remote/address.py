"""Which server: the flag, the environment, the configuration, the one that runs on this machine, the default."""

import json
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from testmesh_cli.default_folder import default_data_folder
from testmesh_cli.errors import UsageError
from testmesh_cli.secrecy import without_passwords

DEFAULT = "http://127.0.0.1:8080"
LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))


class Address(NamedTuple):
    """A server's address, and who named it: an error says both."""

    url: str
    source: str

    @property
    def shown(self) -> str:
        """The address without a password, for whatever is told of it."""
        return without_passwords(self.url)

    @property
    def is_loopback(self) -> bool:
        return urlsplit(self.url).hostname in LOOPBACK


def server_address(
    flag: str | None, environment: Mapping[str, str], configured: tuple[str, str] | None = None
) -> Address:
    """Return the address of the server to ask; `configured` is what `.env` or a configuration file names, and where.

    Raises:
        UsageError: what was named is no address.
    """
    if flag is not None:
        return _checked(flag, "from --url")
    if named := environment.get("TESTMESH_URL"):
        return _checked(named, "from TESTMESH_URL")
    if configured is not None:
        return _checked(*configured)
    path = default_data_folder(environment) / "server.json"
    try:
        url = json.loads(path.read_text(encoding="utf-8"))["url"]
    except (OSError, ValueError, KeyError, TypeError):
        # No local server, or a file of another release: the default is asked, and an error names it.
        return Address(DEFAULT, f"since {path} names no server")
    return _checked(str(url), f"from {path}")


def is_address(url: str) -> bool:
    """Say whether a text names a server: http or https, a host, and a port that can be one."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def _checked(url: str, source: str) -> Address:
    if not is_address(url):
        raise UsageError(f"{without_passwords(url)!r} ({source}) is no server address; write it as http://HOST:PORT")
    return Address(url.rstrip("/"), source)
