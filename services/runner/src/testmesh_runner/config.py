"""Settings of a runner."""

import secrets
import tempfile
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from testmesh_chassis.settings import ServiceSettings
from testmesh_contracts.topics import Service
from testmesh_engine.egress.categories import category, parse_address
from testmesh_engine.egress.entries import parse_entry
from testmesh_engine.egress.rules import EgressMode
from testmesh_engine.executor.keeping import MEBI, ArtifactLimits
from testmesh_sdk import ON_LOOPBACK, Listening


def _entries(given: Any) -> Any:
    texts = [text.strip() for text in given.split(",") if text.strip()] if isinstance(given, str) else given
    for text in texts:
        parse_entry(text)
    return texts


def _addresses(given: Any) -> Any:
    texts = _entries(given)
    for text in texts:
        if parse_entry(text).name:
            raise ValueError(f"{text!r} is a name, and who writes its address is not refused; write its addresses")
    return texts


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or category(parse_address(host or "")) == "loopback"
    except ValueError:
        return False


class RunnerSettings(ServiceSettings):
    """What a runner process needs. `slots` is how many flows it runs at once."""

    service: ClassVar[Service] = "runner"

    slots: int = Field(default=50, ge=1, le=1000)
    labels: dict[str, str] = Field(default_factory=dict)
    database_connections: int = 2
    egress: Literal["auto", "local", "strict", "open"] = "auto"
    """Where executions may connect to whose environment says nothing else: `strict` refuses loopback and private
    addresses, `local` allows them, `open` has no policy, whatever environments say; `auto` is `local` on a machine
    of one's own: all that this runner knows of the server is on loopback. Else it is `strict`."""
    egress_allow: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_entries)] = ()
    """What every execution may connect to besides, with commas between."""
    egress_never: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_addresses)] = ()
    """Addresses and networks that none may connect to, whatever its environment says."""
    api_host: str | None = None
    """Where the api listens; only `egress: auto` asks. A runner that is not told supposes that others reach the api."""
    local_files: bool = False
    """Whether flows may open files of this machine as SQLite databases."""
    artifact_max_bytes: int = Field(default=100 * MEBI, ge=0)
    """What one file may have that a step attaches."""
    execution_artifacts_max_bytes: int = Field(default=1024 * MEBI, ge=0)
    """What those of one execution may have together."""
    execution_artifacts_max: int = Field(default=10_000, ge=0)
    """How many one execution may keep."""
    browser_slots: int = Field(default=2, ge=1, le=100)
    """In how many executions a browser is used at once; others wait for it, within their step's time."""
    chromium: str | None = None
    """The browser; the one on the PATH, or else Playwright's own, where nothing is said."""
    mock_bind: str = ON_LOOPBACK.bind
    """The address at which flows' mock servers listen."""
    mock_host: str = ON_LOOPBACK.host
    """The name under which tested systems reach that address."""
    spool_dir: Path = Field(default_factory=lambda: Path(tempfile.gettempdir()))
    """Where events go that do not fit in memory."""
    life: str = Field(default_factory=lambda: secrets.token_hex(3), exclude=True)

    @property
    def runner_id(self) -> str:
        """Name of this life of the runner: two lives of one replica never hold each other's work."""
        return f"{self.instance}-{self.life}"

    @property
    def egress_mode(self) -> EgressMode:
        """What `egress` comes to here."""
        if self.egress != "auto":
            return self.egress
        stores = [urlsplit(url).hostname for url in (self.redis_url, self.database_url)]
        hosts = (self.host, self.api_host, *stores)
        return "local" if all(map(_is_loopback, hosts)) else "strict"

    @property
    def artifact_limits(self) -> ArtifactLimits:
        """What one execution may keep."""
        return ArtifactLimits(self.artifact_max_bytes, self.execution_artifacts_max_bytes, self.execution_artifacts_max)

    @property
    def listening(self) -> Listening:
        """Where flows' mock servers listen."""
        return Listening(self.mock_bind, self.mock_host)

    @property
    def bodies_dir(self) -> Path:
        """Where the bodies of flows are that were too large for a message."""
        return self.artifacts_dir / "flows"

    @property
    def files_dir(self) -> Path:
        """Where the files are that flows name."""
        return self.artifacts_dir / "files"
