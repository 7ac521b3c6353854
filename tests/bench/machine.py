"""On what the figures were measured."""

import os
import platform
import subprocess
from pathlib import Path

from redis.asyncio import Redis

from tests.bench.children import ROOT
from tests.bench.product import Product

CPU_INFO = Path("/proc/cpuinfo")


async def machine_facts(product: Product) -> dict[str, object]:
    """Return cores, processor, versions and commit."""
    async with Redis.from_url(product.house.record["redis_url"]) as redis:
        server = await redis.info("server")
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "cpu": _processor(),
        "python": platform.python_version(),
        "postgres": str(await product.ledger.one("SHOW server_version")).split()[0],
        "valkey": server.get("valkey_version", server.get("redis_version")),
        "commit": _commit(),
        "load average": round(os.getloadavg()[0], 1),
    }


def _processor() -> str:
    if CPU_INFO.exists():
        for line in CPU_INFO.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _commit() -> str:
    """The commit, marked where files differ from it; or that there is none."""
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--dirty=+changes", "--exclude=*"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "no commit known"
    return told.stdout.strip()
