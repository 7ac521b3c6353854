"""The templates of `testmesh init`: what each shows, which actions it needs, and the files that it brings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from testmesh_engine.actions import ActionRegistry

FOLDER = Path(__file__).parent / "parts"


@dataclass(frozen=True, slots=True)
class Part:
    """A folder of files, and what must be known of them; a template is made of one part or of several."""

    name: str
    shows: str
    actions: tuple[str, ...]
    staging: Mapping[str, str] = field(default_factory=dict)
    """Variables of the environment that the project's file gives as an example."""
    start: str | None = None
    """The command that starts what the flows test, and stays."""
    prepare: tuple[str, ...] = ()
    """The commands by which CI gets ready what the flows need."""
    extra: str | None = None
    """What CI installs beside the command."""
    ignored: tuple[str, ...] = ()

    def files(self) -> dict[str, str]:
        """Return the texts by their paths, with `/`, in the project."""
        folder = FOLDER / self.name
        found = sorted(path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in found}


ASKED = "curl --fail --silent --output /dev/null http://127.0.0.1:8090/health"
HTTP = Part(
    name="http",
    shows="requests to the demo shop, one flow with rows from a file",
    actions=("http_request",),
    staging={"base_url": "https://shop.staging.example.com"},
    start="testmesh demo",
    prepare=("testmesh demo &", f"timeout 60 sh -c 'until {ASKED}; do sleep 1; done'"),
    extra="demo",
)
KAFKA = Part(
    name="kafka",
    shows="a message that is sent and awaited",
    actions=("set", "kafka_producer", "kafka_consumer"),
    staging={"brokers": "broker.staging.example.com:9092"},
    start="docker compose up --wait",
    prepare=("docker compose up --wait",),
)
DB = Part(
    name="db",
    shows="the rows of a database, with SQLite at first",
    actions=("database_query",),
    staging={"database": "postgresql://tests@db.staging.example.com/shop"},
    ignored=("*.sqlite3",),
)
BROWSER = Part(
    name="browser",
    shows="a page in a browser",
    actions=("browser",),
    staging={"page": "https://shop.staging.example.com/"},
    prepare=("python -m playwright install --with-deps chromium",),
)

DEFAULT = "http"
TEMPLATES: Mapping[str, tuple[Part, ...]] = {
    "http": (HTTP,),
    "kafka": (KAFKA,),
    "db": (DB,),
    "browser": (BROWSER,),
    "full": (HTTP, KAFKA, DB, BROWSER),
}


def missing_actions(parts: Sequence[Part], registry: ActionRegistry) -> list[str]:
    """Return the actions that flows of these parts name and the registry does not know."""
    named = dict.fromkeys(action for part in parts for action in part.actions)
    return [action for action in named if registry.find(action) is None]


def offered(registry: ActionRegistry) -> list[str]:
    """Return the templates whose flows this registry can carry out."""
    return [name for name, parts in TEMPLATES.items() if not missing_actions(parts, registry)]
