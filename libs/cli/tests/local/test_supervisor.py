import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from testmesh_cli.local.errors import ProcessFailedError, TooManyDeathsError
from testmesh_cli.local.members import ProcessMember, ProcessSpec
from testmesh_cli.local.ports import free_port
from testmesh_cli.local.processes import is_running
from testmesh_cli.local.supervisor import Deaths, Supervisor

pytestmark = pytest.mark.integration

STAND_IN = Path(__file__).parent / "stand_in.py"

SUPERVISE_ONE = textwrap.dedent(
    """
    import asyncio, json, sys
    from pathlib import Path
    from testmesh_cli.local.members import ProcessMember, ProcessSpec
    from testmesh_cli.local.supervisor import Supervisor

    async def main():
        supervisor = Supervisor(lambda line: None)
        async def work():
            argv, url, log = json.loads(sys.argv[1])
            spec = ProcessSpec("one", "one", tuple(argv), url, grace_seconds=60)
            member = ProcessMember(spec, Path(log))
            await supervisor.bring_up(member)
            print(member.pid, flush=True)
            await supervisor.until_stopped()
            return 0
        return await supervisor.run(work())

    sys.exit(asyncio.run(main()))
    """
)


@pytest.fixture
def member(tmp_path):
    def make(name, *arguments, **more):
        port = free_port()
        argv = (sys.executable, str(STAND_IN), "--port", str(port), "--name", name, *map(str, arguments))
        spec = ProcessSpec(name, more.pop("service", name), argv, f"http://127.0.0.1:{port}/health/ready", **more)
        return ProcessMember(spec, tmp_path / "logs" / f"{name}.log")

    return make


@pytest.fixture
def said():
    return []


@pytest.fixture
def supervisor(said):
    return Supervisor(said.append)


async def sees(holds, seconds=20.0):
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.02)


async def test_members_start_in_order_and_stop_in_reverse(supervisor, member, tmp_path):
    diary = tmp_path / "diary"

    async def work():
        for name in ("first", "second", "third"):
            await supervisor.bring_up(member(name, "--diary", diary))
        return 7

    assert await supervisor.run(work()) == 7
    assert diary.read_text().splitlines() == [
        *("first starts", "second starts", "third starts"),
        *("third ends", "second ends", "first ends"),
    ]


async def test_members_brought_up_together_are_all_ready_and_stop_in_reverse(supervisor, member, tmp_path):
    diary = tmp_path / "diary"
    names = ("first", "second", "third")
    members = [member(name, "--diary", diary) for name in names]

    async def work():
        await supervisor.bring_up(*members)
        assert all(is_running(one.pid) for one in members)
        assert sorted(diary.read_text().splitlines()) == [f"{name} starts" for name in names]
        return 0

    assert await supervisor.run(work()) == 0
    assert diary.read_text().splitlines()[3:] == ["third ends", "second ends", "first ends"]


async def test_one_that_cannot_start_ends_those_that_start_beside_it(supervisor, tmp_path):
    def never_ready(name, program):
        spec = ProcessSpec(name, name, (sys.executable, "-c", program), f"http://127.0.0.1:{free_port()}/")
        return ProcessMember(spec, tmp_path / f"{name}.log")

    slow, broken = never_ready("slow", "import time; time.sleep(600)"), never_ready("broken", "raise SystemExit(3)")
    seen = []

    async def work():
        together = asyncio.ensure_future(supervisor.bring_up(slow, broken))
        await sees(lambda: slow.pid)
        seen.append(slow.pid)
        await together
        return 0

    with pytest.raises(TooManyDeathsError, match="broken"):
        await supervisor.run(work())
    assert not is_running(seen[0])


async def test_a_killed_member_runs_again_on_its_port_with_a_new_process(supervisor, member, said):
    one = member("one")

    async def work():
        await supervisor.bring_up(one)
        before = one.pid
        os.kill(before, signal.SIGKILL)
        await sees(lambda: "one runs again" in said)
        assert one.pid != before
        assert is_running(one.pid)
        return 0

    assert await supervisor.run(work()) == 0
    assert said[0] == "one was killed by SIGKILL; it is started again in 0.1 s"
    assert one.pid is None


async def test_others_are_told_each_time_a_process_comes_or_goes(member):
    seen = []
    supervisor = Supervisor(lambda line: None, lambda: seen.append([m.pid for m in supervisor.members]))
    one = member("one")

    async def work():
        await supervisor.bring_up(one)
        before = one.pid
        os.kill(before, signal.SIGKILL)
        await sees(lambda: [None] in seen and seen[-1] not in ([None], [before]))
        return 0

    await supervisor.run(work())
    assert seen[-1] == [None]


async def test_five_deaths_within_a_minute_stop_all_and_say_why(supervisor, member, tmp_path):
    good, bad = member("good"), member("bad", "--die")

    async def work():
        await supervisor.bring_up(good)
        await supervisor.bring_up(bad)
        return 0

    with pytest.raises(TooManyDeathsError) as failure:
        await supervisor.run(work())

    assert "bad" in str(failure.value)
    assert "died 5 times within a minute" in str(failure.value)
    assert "ended with exit code 3" in str(failure.value)
    assert "cannot go on: the moon is full" in str(failure.value)
    assert good.pid is None


async def test_a_member_that_keeps_dying_later_stops_all_too(supervisor, member):
    one = member("one")

    async def work():
        await supervisor.bring_up(one)
        for _ in range(5):
            await sees(lambda: one.pid is not None)
            dying = one.pid
            os.kill(dying, signal.SIGKILL)
            await sees(lambda dying=dying: one.pid != dying)
        await supervisor.until_stopped()
        return 0

    with pytest.raises(TooManyDeathsError):
        await supervisor.run(work())


async def test_one_death_each_of_many_members_is_no_reason_to_stop(supervisor, member):
    members = [member(f"member-{number}") for number in range(6)]

    async def work():
        for one in members:
            await supervisor.bring_up(one)
        before = [one.pid for one in members]
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        await sees(lambda: all(one.pid not in {None, old} for one, old in zip(members, before, strict=True)))
        return 5

    assert await supervisor.run(work()) == 5


def test_the_wait_before_a_start_grows_and_the_fifth_death_is_the_last():
    deaths = Deaths()
    assert [deaths.count() for _ in range(5)] == [
        pytest.approx(0.1),
        pytest.approx(0.3),
        pytest.approx(0.9),
        pytest.approx(2.7),
        None,
    ]


async def test_a_member_that_never_gets_ready_is_killed_and_said(member, tmp_path):
    deaf = member("deaf", ready_seconds=1.0)
    other = ProcessSpec("deaf", "deaf", deaf.spec.argv, "http://127.0.0.1:1/health/ready", ready_seconds=1.0)
    one = ProcessMember(other, tmp_path / "logs" / "deaf.log")

    with pytest.raises(ProcessFailedError, match=r"was not ready on http://127\.0\.0\.1:1/health/ready within 1 s"):
        await one.start()

    assert one.pid is None


async def test_a_stranger_that_answers_on_its_port_does_not_make_it_ready(member, tmp_path):
    stranger = member("stranger")
    await stranger.start()
    sleeper = (sys.executable, "-c", "import time; time.sleep(60)")
    spec = ProcessSpec("sleeper", "sleeper", sleeper, stranger.spec.health_url, ready_seconds=1.0)

    with pytest.raises(ProcessFailedError, match="was not ready"):
        await ProcessMember(spec, tmp_path / "logs" / "sleeper.log").start()

    await stranger.stop()


async def test_what_a_member_leaves_behind_is_ended_with_it(supervisor, member, tmp_path):
    note = tmp_path / "child"

    async def work():
        await supervisor.bring_up(member("parent", "--with-child", note))
        assert is_running(int(note.read_text()))
        return 0

    await supervisor.run(work())
    await sees(lambda: not is_running(int(note.read_text())))


async def test_who_does_not_end_within_its_grace_is_killed(supervisor, member):
    stubborn = member("stubborn", "--stubborn", grace_seconds=0.5)

    async def work():
        await supervisor.bring_up(stubborn)
        return 0

    assert await supervisor.run(work()) == 0
    assert stubborn.pid is None


async def test_a_failure_of_the_work_stops_all_and_is_raised(supervisor, member):
    one = member("one")

    async def work():
        await supervisor.bring_up(one)
        raise LookupError("of the work")

    with pytest.raises(LookupError, match="of the work"):
        await supervisor.run(work())
    assert one.pid is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_with_exit_code_0(run_supervisor, number):
    process, pid = run_supervisor()

    process.send_signal(number)

    assert process.wait(20) == 0
    assert not is_running(pid)


def test_the_second_ctrl_c_kills_at_once_who_does_not_want_to_end(run_supervisor):
    process, pid = run_supervisor("--stubborn")
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)
    assert is_running(pid)

    process.send_signal(signal.SIGINT)

    assert process.wait(20) == 0
    assert not is_running(pid)


def test_a_killed_supervisor_leaves_no_process_of_ours(run_supervisor, until):
    process, pid = run_supervisor("--stubborn")

    process.kill()
    process.wait()

    until(lambda: not is_running(pid))


@pytest.fixture
def run_supervisor(run_program, tmp_path):
    import json

    def run(*arguments):
        port = free_port()
        argv = [sys.executable, str(STAND_IN), "--port", str(port), *arguments]
        plan = [argv, f"http://127.0.0.1:{port}/health/ready", str(tmp_path / "logs" / "one.log")]
        process = run_program("-c", SUPERVISE_ONE, json.dumps(plan), stdout=-1)
        return process, int(process.stdout.readline())

    return run
