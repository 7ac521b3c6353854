import asyncio
from pathlib import Path

import pytest

from testmesh_cli.exit_codes import ExitCode
from testmesh_cli.running.pool import Stop, carry_out, exit_code
from testmesh_cli.running.result import FlowResult
from testmesh_cli.selection.turns import repeated, seed_of
from testmesh_cli.sources import FlowFile

A, B, C = (FlowFile(Path(f"{name}.yaml"), b"", None) for name in "abc")


async def test_the_times_of_one_flow_never_run_side_by_side_those_of_others_do():
    running, most, together = [], 0, set()

    async def run_one(file):
        nonlocal most
        assert file.path not in running
        running.append(file.path)
        most = max(most, len(running))
        together.update((file.path, other) for other in running)
        await asyncio.sleep(0)
        running.remove(file.path)
        return FlowResult(file, "passed")

    results = await carry_out(repeated([A, B], 3), run_one, jobs=4, fail_fast=False, stop=Stop())

    assert [result.file.shown for result in results] == [f"{n}.yaml [{k}/3]" for n in "ab" for k in (1, 2, 3)]
    assert most == 2
    assert (A.path, B.path) in together | {(b, a) for a, b in together}


def test_each_repetition_has_a_seed_of_its_own_the_first_that_of_the_run():
    assert [seed_of(file, 7) for file in (A, *repeated([A], 3))] == [7, 7, 8, 9]


async def test_what_breaks_down_in_the_command_lets_the_others_end_and_begins_no_more():
    stop, ended = Stop(), []
    b_runs = asyncio.Event()

    async def run_one(file):
        if file is A:
            await b_runs.wait()
            raise OSError("the disk is gone")
        b_runs.set()
        await stop.event.wait()
        ended.append(file)
        return FlowResult(file, "cancelled")

    async with asyncio.timeout(20):
        results = await carry_out([A, B, C], run_one, jobs=2, fail_fast=False, stop=stop)

    assert [result.status for result in results] == ["error", "cancelled", "not_run"]
    assert "the disk is gone" in results[0].error_message
    assert ended == [B]
    assert isinstance(stop.broken, OSError)
    assert exit_code(results, stop) is ExitCode.ERROR


@pytest.mark.parametrize(
    ("name", "given", "why"),
    [
        ("interrupt", "Ctrl-C", "interrupted by Ctrl-C"),
        ("time_out", 1.5, "the time of --timeout 1s500ms was up"),
    ],
)
async def test_a_stop_begins_nothing_more_also_no_further_repetition_and_says_why(name, given, why):
    stop = Stop()

    async def run_one(file):
        getattr(stop, name)(given)
        return FlowResult(file, "passed")

    results = await carry_out(repeated([A, B], 2), run_one, jobs=1, fail_fast=False, stop=stop)

    assert [result.status for result in results] == ["passed", "not_run", "not_run", "not_run"]
    assert [result.error_message for result in results] == [None, why, why, why]
    assert exit_code(results, stop) == (130 if name == "interrupt" else 124)


def test_an_interrupt_says_more_than_a_time_that_is_up():
    stop = Stop()
    stop.time_out(1.0)
    stop.interrupt("Ctrl-C")

    assert exit_code([FlowResult(A, "cancelled")], stop) is ExitCode.INTERRUPTED


async def test_a_flow_that_others_cancelled_stops_a_run_that_fails_fast_and_is_no_pass():
    ends = {A: "passed", B: "cancelled"}
    stop = Stop()

    async def run_one(file):
        return FlowResult(file, ends[file])

    results = await carry_out([A, B, C], run_one, jobs=1, fail_fast=True, stop=stop)

    assert [result.status for result in results] == ["passed", "cancelled", "not_run"]
    assert exit_code(results, stop) is ExitCode.ERROR


async def test_what_fail_fast_cut_short_does_not_outweigh_the_failure_that_did():
    stop = Stop()

    async def run_one(file):
        if file is A:
            return FlowResult(file, "failed")
        await stop.event.wait()
        return FlowResult(file, "cancelled")

    results = await carry_out([A, B, C], run_one, jobs=2, fail_fast=True, stop=stop)

    assert exit_code(results, stop) is ExitCode.FAILED


@pytest.mark.parametrize("status", ["cancelled", "not_run"])
def test_nothing_but_passes_adds_up_to_a_pass(status):
    stop = Stop()
    stop.event.set()

    assert exit_code([FlowResult(A, "passed"), FlowResult(B, status)], stop) is ExitCode.ERROR
