"""What import-linter cannot say, as rules over the syntax trees; each rule is shown to find a planted fault."""

import ast
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = ("api", "runner", "scheduler", "storage")
LONGEST = 400
FORBIDDEN = frozenset(
    ("utils", "util", "helpers", "helper", "common", "misc", "manager", "base", "core", "handler", "handlers")
)
ENTRIES = ("main", "wiring", "subscribers", "routes", "ticker")
Rule = Callable[[Path], list[str]]


def _modules(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield each module of the members below `root`, with its dotted name."""
    for source in (*sorted(root.glob("libs/*/src")), *sorted(root.glob("services/*/src"))):
        for path in sorted(source.rglob("*.py")):
            yield path, ".".join(path.relative_to(source).with_suffix("").parts)


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _imports(path: Path, module: str) -> Iterator[str]:
    """Yield the dotted names that a module imports, wherever it does; `a.b` of `from a import b`."""
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            whence = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{whence}.{name.name}" for name in node.names)


def _is_or_is_in(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")


def no_module_is_too_long(root: Path) -> list[str]:
    lengths = {name: len(path.read_text(encoding="utf-8").splitlines()) for path, name in _modules(root)}
    return [f"{name} has {length} lines" for name, length in lengths.items() if length > LONGEST]


def no_module_has_a_name_that_says_nothing(root: Path) -> list[str]:
    return [name for _, name in _modules(root) if FORBIDDEN & {part.lstrip("_") for part in name.split(".")}]


def only_repositories_import_tables(root: Path) -> list[str]:
    """Migrations may: they are made from the tables. The schema's name is no table."""
    found = []
    for path, name in _modules(root):
        service, *inside = name.split(".")
        mine = f"{service}.tables"
        if service.removeprefix("testmesh_") not in SERVICES or not inside:
            continue
        if inside[0] in ("tables", "migrations") or any("repositor" in part for part in inside):
            continue
        names = [one for one in _imports(path, name) if _is_or_is_in(one, mine) and one != f"{mine}.SCHEMA"]
        found += [f"{name} imports {one}" for one in names]
    return found


def nothing_below_imports_what_hears(root: Path) -> list[str]:
    """Domain modules, repositories and tables do not know main, wiring, subscribers, routes or the ticker."""
    found = []
    for path, name in _modules(root):
        service, *inside = name.split(".")
        if service.removeprefix("testmesh_") not in SERVICES or not inside or inside[0] in (*ENTRIES, "__main__"):
            continue
        entries = [f"{service}.{entry}" for entry in ENTRIES]
        found += [
            f"{name} imports {one}"
            for one in _imports(path, name)
            if any(_is_or_is_in(one, entry) for entry in entries)
        ]
    return found


READERS = ("environ", "environb", "getenv", "getenvb", "putenv")
ALLOWED_READERS = (
    "testmesh_chassis.telemetry",  # OpenTelemetry's own variables, which its library reads too
    "testmesh_chassis.testing",  # where the tests' servers are is told by the environment
    "testmesh_engine.browser.environment",  # what a browser's process is given of it
    "testmesh_cli",  # the command is where the environment comes in
    "testmesh_engine.grpc.library",  # writes one variable: gRPC can be told to be silent in no other way
)


def only_settings_read_the_environment(root: Path) -> list[str]:
    """Whoever else needs a setting is given it."""
    return [
        f"{name}:{node.lineno} reads the environment"
        for path, name in _modules(root)
        if path.stem not in ("config", "settings")
        if not any(_is_or_is_in(name, allowed) for allowed in ALLOWED_READERS)
        for node in ast.walk(_tree(path))
        if (isinstance(node, ast.Attribute) and node.attr in READERS)
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and _names(node) & set(READERS))
    ]


def _names(node: ast.ImportFrom) -> set[str]:
    return {name.name for name in node.names}


def topics_are_never_string_literals(root: Path) -> list[str]:
    """A stream's key is asked of the map: no text that begins with `testmesh.` outside contracts."""
    return [
        f"{name}:{node.lineno} says {node.value!r}"
        for path, name in _modules(root)
        if not name.startswith("testmesh_contracts")
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Constant)
        if isinstance(node.value, str)
        if node.value.startswith("testmesh.") and node.value not in ALLOWED_TEXTS
    ]


ALLOWED_TEXTS = frozenset(
    (
        "testmesh.plugins",  # an entry point group
        "testmesh.trace_id",  # a key of a request's scope
    )
)


def contracts_need_pydantic_alone(root: Path) -> list[str]:
    allowed = {"pydantic", "pydantic_core", "testmesh_contracts", *sys.stdlib_module_names}
    return [
        f"{name} imports {one}"
        for path, name in _modules(root)
        if name.startswith("testmesh_contracts")
        for one in _imports(path, name)
        if one.split(".")[0] not in allowed
    ]


def no_service_holds_a_run(root: Path) -> list[str]:
    """A gate is the debugger's alone: on a server a held run would wait for nobody."""
    parts = ("testmesh_engine.executor.Gate", "testmesh_engine.executor.gate", "testmesh_engine.executor.standpoint")
    return [
        f"{name} {does}"
        for path, name in _modules(root)
        if name.split(".")[0].removeprefix("testmesh_") in SERVICES
        for does in (
            *(f"imports {one}" for one in _imports(path, name) if any(_is_or_is_in(one, part) for part in parts)),
            *("gives a gate" for node in ast.walk(_tree(path)) if isinstance(node, ast.keyword) and node.arg == "gate"),
        )
    ]


RULES: tuple[Rule, ...] = (
    no_module_is_too_long,
    no_module_has_a_name_that_says_nothing,
    only_repositories_import_tables,
    nothing_below_imports_what_hears,
    only_settings_read_the_environment,
    topics_are_never_string_literals,
    contracts_need_pydantic_alone,
    no_service_holds_a_run,
)
STORAGE = "services/storage/src/testmesh_storage"
CONTRACTS = "libs/contracts/src/testmesh_contracts"
PLANTED: list[tuple[Rule, str, str]] = [
    (no_module_is_too_long, f"{STORAGE}/folding.py", "x = 1\n" * (LONGEST + 1)),
    (no_module_has_a_name_that_says_nothing, f"{STORAGE}/utils.py", ""),
    (no_module_has_a_name_that_says_nothing, f"{STORAGE}/_base.py", ""),
    (no_module_has_a_name_that_says_nothing, "libs/chassis/src/testmesh_chassis/core/bus.py", ""),
    (only_repositories_import_tables, f"{STORAGE}/folding.py", "from testmesh_storage.tables import Flow\n"),
    (only_repositories_import_tables, f"{STORAGE}/folding.py", "from testmesh_storage import tables\n"),
    (only_repositories_import_tables, f"{STORAGE}/main.py", "from testmesh_storage.tables import SCHEMA, Flow\n"),
    (only_repositories_import_tables, f"{STORAGE}/folding.py", "import testmesh_storage.tables.flows\n"),
    (only_repositories_import_tables, f"{STORAGE}/folding.py", "from .tables import Flow\n"),
    (only_repositories_import_tables, f"{STORAGE}/flows/save.py", "from ..tables.flows import Flow\n"),
    (nothing_below_imports_what_hears, f"{STORAGE}/sweeper.py", "from testmesh_storage import subscribers\n"),
    (nothing_below_imports_what_hears, f"{STORAGE}/repository.py", "def f():\n    from .main import create_app\n"),
    (only_settings_read_the_environment, f"{STORAGE}/folding.py", "import os\nX = os.environ['X']\n"),
    (only_settings_read_the_environment, f"{STORAGE}/folding.py", "from os import getenv\n"),
    (topics_are_never_string_literals, f"{STORAGE}/folding.py", "STREAM = 'testmesh.executions.events.v1'\n"),
    (topics_are_never_string_literals, f"{STORAGE}/folding.py", "def s(n):\n    return f'testmesh.{n}.v1'\n"),
    (contracts_need_pydantic_alone, f"{CONTRACTS}/ids.py", "import orjson\n"),
    (contracts_need_pydantic_alone, f"{CONTRACTS}/ids.py", "from sqlmodel.sql import expression\n"),
    (no_service_holds_a_run, f"{STORAGE}/folding.py", "from testmesh_engine.executor import Gate\n"),
    (no_service_holds_a_run, f"{STORAGE}/folding.py", "from testmesh_engine.executor.gate import Gate\n"),
    (no_service_holds_a_run, f"{STORAGE}/folding.py", "X = RunOptions(gate=None)\n"),
]
INNOCENT: list[tuple[str, str]] = [
    (f"{STORAGE}/folding.py", "x = 1\n" * LONGEST),
    (f"{STORAGE}/repository.py", "from testmesh_storage import tables\n"),
    (f"{STORAGE}/flow_repository.py", "X = 'the key testmesh.x'\n"),
    (f"{STORAGE}/main.py", "from testmesh_storage.tables import SCHEMA\n"),
    (f"{STORAGE}/migrations/env.py", "from testmesh_storage import tables\n"),
    (f"{STORAGE}/tables/flows.py", "from testmesh_storage.tables.projects import Project\n"),
    (f"{STORAGE}/__main__.py", "from testmesh_storage.main import create_app\n"),
    (f"{STORAGE}/config.py", "import os\nX = os.environ\n"),
    (f"{CONTRACTS}/topics.py", "import json\nfrom pydantic import Field\nX = 'testmesh.x.v1'\n"),
]


def _plant(root: Path, file: str, source: str) -> str:
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)
    return ".".join(Path(file.partition("/src/")[2]).with_suffix("").parts)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_the_rule(rule: Rule) -> None:
    assert rule(ROOT) == []


def test_the_rules_look_at_every_member() -> None:
    looked_at = {name.split(".")[0] for _, name in _modules(ROOT)}

    assert {f"testmesh_{service}" for service in SERVICES} < looked_at
    assert {"testmesh_contracts", "testmesh_chassis", "testmesh_engine", "testmesh_sdk", "testmesh_cli"} < looked_at


@pytest.mark.parametrize(("rule", "file", "source"), PLANTED)
def test_a_planted_fault_is_found_and_its_module_named(tmp_path, rule: Rule, file: str, source: str) -> None:
    module = _plant(tmp_path, file, source)

    found = rule(tmp_path)

    assert len(found) == 1
    assert found[0].startswith(module)


@pytest.mark.parametrize(("file", "source"), INNOCENT)
def test_what_is_allowed_is_let_through(tmp_path, file: str, source: str) -> None:
    _plant(tmp_path, file, source)

    assert [line for rule in RULES for line in rule(tmp_path)] == []


def test_each_rule_has_a_planted_fault() -> None:
    assert {rule for rule, _, _ in PLANTED} == set(RULES)
