"""Runs a command several times, and says on stdout, a line of JSON each, what every run took.

A process of its own and small: to the system, a process begins with the peak memory of the one that started it.
"""

import json
import os
import subprocess
import sys
import time


def main() -> None:
    for _ in range(int(sys.argv[1])):
        sys.stdout.write(json.dumps(timed(sys.argv[2:])) + "\n")


def timed(command: list[str]) -> dict[str, object]:
    """Run a command to its end."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    said = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    took_ms = (time.perf_counter() - began) * 1000
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    return {
        "wall_ms": took_ms,
        "cpu_ms": (usage.ru_utime + usage.ru_stime) * 1000,
        "memory_mb": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6,
        "exit_code": process.returncode,
        "said": said,
    }


if __name__ == "__main__":
    main()
