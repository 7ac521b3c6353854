import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

WARM = Path(__file__).parent / "warm"


@pytest.fixture(scope="session")
def warm_command():
    """The words that start the command from a process that has its modules loaded already."""
    with tempfile.TemporaryDirectory(prefix="testmesh-warm-") as folder:
        place = f"{folder}/socket"
        with subprocess.Popen([sys.executable, WARM / "server.py", place], stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout.readline() == "listening\n"
                yield [sys.executable, "-I", "-S", str(WARM / "testmesh.py"), place]
            finally:
                server.terminate()
