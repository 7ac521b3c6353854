"""Commands, run from their start to their exit as a user runs them."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import timed
from tests.bench.percentiles import Spread


@dataclass(frozen=True)
class Runs:
    """What the runs of one command took, and what was wrong with them."""

    wall_ms: Spread
    cpu_ms: Spread
    memory_mb: float
    """The most that one of them held."""
    faults: Sequence[str]


def run_command(*command: str | Path, times: int, exit_code: int = 0, says: str = "") -> Runs:
    """Run a command several times after once to warm up; each has to end with the code, and to say the words.

    Its modules are compiled once and kept, as they are where it was installed.
    """
    told = subprocess.run(
        [sys.executable, timed.__file__, str(times + 1), *map(str, command)],
        env={name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        stdout=subprocess.PIPE,
        check=True,
    )
    _, *runs = map(json.loads, told.stdout.splitlines())
    wrong = [run for run in runs if run["exit_code"] != exit_code or says not in run["said"]]
    wanted = f"{Path(command[0]).name} {' '.join(map(str, command[1:]))[:80]}: wanted exit code {exit_code}"
    return Runs(
        wall_ms=Spread.of([run["wall_ms"] for run in runs]),
        cpu_ms=Spread.of([run["cpu_ms"] for run in runs]),
        memory_mb=max(run["memory_mb"] for run in runs),
        faults=sorted(
            {f"{wanted} and {says!r}, it ended with {run['exit_code']}: {run['said'][-300:]}" for run in wrong}
        ),
    )
