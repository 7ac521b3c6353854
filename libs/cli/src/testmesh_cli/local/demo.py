"""The demo: a small shop as a process, the example flows against it, and one execution told step by step."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from testmesh_cli.local.demo_client import OUTCOMES, DemoClient, SavedFlow
from testmesh_cli.local.demo_folder import PORT_IN_PAGES, DemoNotFoundError, demo_folder
from testmesh_cli.local.errors import DemoError
from testmesh_cli.local.members import ProcessSpec
from testmesh_cli.local.ports import free_port, is_free

ENVIRONMENT = "demo"
PASSED = "passed"
SIGNS = {"passed": "✓", "skipped": "○"}
SHOWN = "sign_up_and_order"


@dataclass(frozen=True)
class Demo:
    """A folder with the shop (a package `shop`) and flows, one of which is the one shown."""

    folder: Path

    def shop(self, port: int) -> ProcessSpec:
        return ProcessSpec(
            name="shop",
            service="shop",
            argv=(sys.executable, "-m", "shop", "--port", str(port)),
            health_url=f"http://127.0.0.1:{port}/health",
            env={name: value for name, value in os.environ.items() if not name.startswith("TESTMESH_")},
            cwd=self.folder,
        )

    async def show(self, server_url: str, shop_url: str, tell: Callable[[str], None]) -> bool:
        """Push the flows, run the first one, and say whether it passed."""
        async with DemoClient(server_url) as client:
            await client.save_environment(ENVIRONMENT, {"base_url": shop_url})
            flows = {name: await client.save_flow(source) for name, source in self._sources().items()}
            tell(f"{_outcomes(flows.values())}: {', '.join(flow.name for flow in flows.values())}")
            shown = flows[SHOWN]
            tell(f"\nRunning “{shown.name}” against the demo shop on {shop_url}")
            execution = await client.start(shown.id, ENVIRONMENT)
            told: set[tuple[int, str]] = set()
            async for state in client.follow(execution):
                _tell_steps(state, told, tell)
        _tell_end(state, tell)
        return bool(state["status"] == PASSED)

    def _sources(self) -> dict[str, str]:
        folder = self.folder / "flows"
        sources = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))}
        if SHOWN not in sources:
            raise DemoError(f"Looking for the flow to show failed: there is no {SHOWN}.yaml in {folder}.")
        return sources


def find_demo() -> Demo:
    """Return the demo, or say where it was looked for."""
    try:
        return Demo(demo_folder())
    except DemoNotFoundError as error:
        raise DemoError(f"Starting the demo failed: {error}. Start without --demo.") from error


def shop_port(taken: set[int], wanted: int = PORT_IN_PAGES) -> int:
    """Return the port that the pages name where nobody has it, else a free one."""
    return wanted if wanted not in taken and is_free(wanted) else free_port(taken)


def shop_line(url: str) -> str:
    """Say where the shop is, and what flows of the pages need where it is elsewhere than they say."""
    in_pages = f"http://127.0.0.1:{PORT_IN_PAGES}"
    if url == in_pages:
        return f"  Demo shop: {url}"
    return f"  Demo shop: {url}  (the examples say {in_pages}: run them with --var base_url={url})"


def _outcomes(flows: Iterable[SavedFlow]) -> str:
    counts = Counter(flow.outcome for flow in flows)
    told = ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES if counts[outcome])
    return f"{counts.total()} example flows ({told})"


def _tell_steps(state: dict[str, Any], told: set[tuple[int, str]], tell: Callable[[str], None]) -> None:
    for step in state.get("steps", []):
        key = (step.get("run", 0), step["path"])
        if step.get("finished_at") is None or key in told:
            continue
        told.add(key)
        tell(f"  {SIGNS.get(step['status'], '✗')} {step['step_name']}  {_milliseconds(step)}")
        if step.get("error_message"):
            tell(f"      {step['error_message']}")


def _tell_end(state: dict[str, Any], tell: Callable[[str], None]) -> None:
    tell(f"{SIGNS.get(state['status'], '✗')} {state['status']} in {_milliseconds(state)}")
    if state.get("error_message"):
        tell(f"  {state['error_message']}")
    tell("")


def _milliseconds(timed: dict[str, Any]) -> str:
    duration = timed.get("duration_ms")
    return "" if duration is None else f"{duration:.0f} ms"
