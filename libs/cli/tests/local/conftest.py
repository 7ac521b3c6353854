import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest


@pytest.fixture
def data(tmp_path):
    """A data folder; what its databases left elsewhere is removed at the end."""
    from testmesh_cli.local.placement import remove_place

    folder = tmp_path / "data"
    folder.mkdir()
    yield folder
    remove_place(folder)


@pytest.fixture
def until():
    def wait(holds, seconds=20.0):
        end = time.monotonic() + seconds
        while not (value := holds()):
            assert time.monotonic() < end, f"did not hold within {seconds} s"
            time.sleep(0.05)
        return value

    return wait


@pytest.fixture
def run_program():
    """Starts a Python program of a test; it and its children are ended by their own pids afterwards."""
    started = []

    def run(*arguments, **more):
        process = subprocess.Popen([sys.executable, *map(str, arguments)], text=True, **more)
        started.append(process)
        return process

    yield run
    for process in started:
        for child in _family(process.pid):
            child.send_signal(signal.SIGKILL)
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()


@pytest.fixture
def here():
    return Path(__file__).parent


@pytest.fixture
def is_root():
    return os.geteuid() == 0


def _family(pid):
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
