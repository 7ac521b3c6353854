"""`make bench`: start the product, measure it, print a table, keep the figures as JSON."""

import argparse
import asyncio
import dataclasses
import json
import sys
import tempfile
from pathlib import Path

from tests.bench.noop import NoopResult, run_noop
from tests.house.running import running_house

RESULTS = Path("bench-results")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true", help="2,000 executions instead of 10,000")
    parser.add_argument("--runners", type=int, default=2)
    options = parser.parse_args()
    count = 2_000 if options.quick else 10_000
    with (
        tempfile.TemporaryDirectory(prefix="testmesh-bench") as folder,
        running_house(Path(folder) / "data", runners=options.runners) as house,
    ):
        result = asyncio.run(run_noop(house, count))
    _print(result, options.runners)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "noop.json").write_text(json.dumps(dataclasses.asdict(result), indent=2))
    if result.statuses != {"passed": count}:
        sys.exit(f"not every execution passed: {result.statuses}")


def _print(result: NoopResult, runners: int) -> None:
    lines = [
        f"(a) {result.executions} no-op executions in bulk, {runners} runners, everything on",
        f"    accepted          {result.executions / result.accepted_s:8.0f} /s",
        f"    persisted         {result.rate:8.0f} /s",
        f"    CPU               {sum(result.cpu_ms_by_service.values()):8.3f} ms a flow",
        *(f"      {service:<15} {ms:8.3f} ms" for service, ms in sorted(result.cpu_ms_by_service.items())),
        "    memory            " + ", ".join(f"{name} {mb:.0f} MB" for name, mb in result.rss_mb_by_service.items()),
        f"    unconfirmed       {result.unconfirmed}",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
