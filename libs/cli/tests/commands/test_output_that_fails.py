import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

PROGRAM = "import sys; from testmesh_cli.main import main; sys.exit(main())"
FLOW = """\
name: x
steps: [{action: log, config: {message: hi}}]
teardown: [{id: tidy, action: http_request, config: {method: GET, url: "${base}/tidied"}}]
"""


@pytest.mark.parametrize("output", [(), ("-o", "json"), ("-o", "ndjson")])
def test_a_full_disk_is_one_sentence_and_exit_code_3_after_the_run_has_tidied_up(tmp_path, write, target, output):
    write("x.yaml", FLOW)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, "run", "x.yaml", "--var", f"base={target.url}", *output],
            cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60,
        )  # fmt: skip

    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1] == (
        "testmesh: the output could not be written: No space left on device; what is there of it is not complete"
    )
    assert "GET /tidied" in target.asked


def test_a_report_is_whole_where_only_standard_error_is_full(tmp_path, write, target):
    write("x.yaml", FLOW)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, "run", "x.yaml", "--var", f"base={target.url}", "-o", "json"],
            cwd=tmp_path, stdout=subprocess.PIPE, stderr=full, text=True, timeout=60,
        )  # fmt: skip

    assert (done.returncode, json.loads(done.stdout)["exit_code"]) == (0, 0)


def test_a_closed_standard_output_does_not_change_how_a_run_ends(tmp_path, write, target):
    write("x.yaml", FLOW)
    command = f'exec "$0" -c "{PROGRAM}" run x.yaml --var base={target.url} >&-'
    done = subprocess.run(
        ["/bin/sh", "-c", command, sys.executable], cwd=tmp_path, stderr=subprocess.PIPE, text=True, timeout=60
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("place", ["flow.yaml", "folder/flow.yaml", "/dev/zero"])
def test_a_pipe_or_a_device_as_a_flow_is_refused_and_not_waited_for(testmesh, tmp_path, place):
    path = tmp_path / place
    path.parent.mkdir(exist_ok=True)
    if place != "/dev/zero":
        os.mkfifo(path)

    done = testmesh("run", path if place != "folder/flow.yaml" else "folder")

    assert done.returncode == 2
    assert "a pipe, a device or a socket; name a regular file" in done.stderr
