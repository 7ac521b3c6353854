"""Log lines by pages: which ones a question asks for, in order, each once, at one moment of the feed."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from testmesh_chassis.errors import FaultError
from testmesh_contracts import encode, uuid7
from testmesh_contracts.events import LogLine
from testmesh_contracts.queries import Answer, ListExecutions, ListLogs
from testmesh_contracts.topics import EVENTS, REPLIES
from testmesh_storage.executions import ExecutionQueries
from testmesh_storage.repository import views
from testmesh_storage.repository.logs import LEVELS, PAGE_BYTES

pytestmark = pytest.mark.integration
NOW = datetime(2026, 1, 1, tzinfo=UTC)
INSIDE = ["pay", "pay/login", "pay[2]", "pay[2]/login[0]", "pay[20]", "pay@2", "pay/login@3", "pay[2]@2/x"]
PATHS = [*INSIDE, "payment", "Pay", "login/pay", "p%y", "p_y", None]


@pytest.fixture
def executions(house):
    return ExecutionQueries(house.database)


@dataclass
class Logged:
    """An execution that logs, and the questions about it."""

    house: object
    tale: object
    executions: ExecutionQueries

    async def lines(self, *lines, seq=1, run=1, fence=7):
        await self.house.events(self.tale.pack(*lines, seq=seq, run=run, fence=fence))

    async def page(self, **asked):
        facts = {"project_id": self.tale.facts["project_id"], "execution_id": self.tale.id}
        return await self.executions.list_logs(ListLogs(**facts, **asked))

    async def messages(self, **asked):
        return [line.message for line in (await self.page(**asked)).items]

    async def walk(self, **asked):
        """Return all lines by pages."""
        found, after = [], {}
        while (page := await self.page(**asked, **after)).more:
            assert page.items[0].seq > after.get("after_seq", 0)
            found += page.items
            after = {"after_run": found[-1].run, "after_seq": found[-1].seq}
        return found + list(page.items)


@pytest.fixture
async def logged(house, tell, executions):
    tale = tell()
    await house.requests(tale.request())
    return Logged(house, tale, executions)


def line(message, path="pay", level="info"):
    return LogLine(message=message, path=path, level=level, at=NOW)


async def test_a_line_is_shown_as_it_was_logged_and_stays_when_a_newer_run_begins(logged):
    await logged.lines(line("first try", level="warning"), logged.tale.step(1), line("lost", path=None))
    await logged.lines(line("second try"), run=2, fence=9)
    page = await logged.page()

    assert [(one.run, one.seq, one.level, one.path, one.message) for one in page.items] == [
        (1, 1, "warning", "pay", "first try"),
        (1, 3, "info", None, "lost"),
        (2, 1, "info", "pay", "second try"),
    ]
    assert {one.at for one in page.items} == {NOW}
    assert not page.more


@pytest.mark.parametrize(
    ("step", "shown"),
    [
        ("pay", INSIDE),
        ("pay[2]", ["pay[2]", "pay[2]/login[0]", "pay[2]@2/x"]),
        ("pay@2", ["pay@2"]),
        ("pay/login", ["pay/login", "pay/login@3"]),
        ("pay[2]/login[0]", ["pay[2]/login[0]"]),
        ("payment", ["payment"]),
        ("Pay", ["Pay"]),
        ("p%y", ["p%y"]),
        ("p_y", ["p_y"]),
        ("p", []),
        ("pay/", []),
        ("%", []),
        ("login", ["login/pay"]),
        ("pay' OR true --", []),
        (None, PATHS),
    ],
)
async def test_a_step_stands_for_the_steps_inside_it_and_for_no_other_that_begins_alike(logged, step, shown):
    await logged.lines(*(line(f"of {path}", path=path) for path in PATHS))

    assert await logged.messages(step=step) == [f"of {path}" for path in shown]


@pytest.mark.parametrize(("level", "shown"), [(level, LEVELS[place:]) for place, level in enumerate(LEVELS)])
async def test_a_level_is_the_least_one_shown(logged, level, shown):
    await logged.lines(*(line(level, level=level) for level in ("error", "debug", "warning", "info")))

    assert set(await logged.messages(level=level)) == set(shown)
    assert LEVELS == ("debug", "info", "warning", "error")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("REFUSED", ["the card was Refused"]),
        ("é", ["CAFÉ"]),
        ("100%", ["100% done"]),
        ("%", ["100% done"]),
        ("a_b", ["a_b"]),
        ("\\", ["C:\\temp"]),
        ("\\t", ["C:\\temp"]),
        ("'", ["it's"]),
        (".*", []),
        ("", ["the card was Refused", "CAFÉ", "100% done", "100 done", "a_b", "axb", "C:\\temp", "it's"]),
    ],
)
async def test_a_text_is_found_whatever_its_case_and_means_nothing_but_itself(logged, text, shown):
    lines = ["the card was Refused", "CAFÉ", "100% done", "100 done", "a_b", "axb", "C:\\temp", "it's"]
    await logged.lines(*map(line, lines))

    assert await logged.messages(text=text) == shown


NAMES = st.text("aA%_\\[]/@", min_size=1, max_size=4)
LINES = st.lists(
    st.tuples(st.text("aAéÉ%_\\'", max_size=5), st.none() | NAMES, st.sampled_from(LEVELS)), min_size=1, max_size=12
)


async def test_filters_and_pages_together_give_what_a_plain_search_gives(house, tell, executions):
    """Hypothesis runs in a thread; each example is an execution of its own."""
    loop = asyncio.get_running_loop()

    async def ask(lines, step, level, text, limit):
        tale = tell()
        await house.requests(tale.request())
        logged = Logged(house, tale, executions)
        await logged.lines(*(line(*one) for one in lines))
        return [found.seq for found in await logged.walk(step=step, level=level, text=text, limit=limit)]

    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(
        LINES, st.none() | NAMES, st.sampled_from(LEVELS), st.none() | st.text("aAé%_\\", max_size=2), st.integers(1, 5)
    )
    def check(lines, step, level, text, limit):
        expected = [
            seq
            for seq, (message, path, of) in enumerate(lines, 1)
            if (
                step is None
                or (path is not None and (path == step or path.startswith((step + "/", step + "[", step + "@"))))
            )
            and LEVELS.index(of) >= LEVELS.index(level)
            and (text is None or text.lower() in message.lower())
        ]
        found = asyncio.run_coroutine_threadsafe(ask(lines, step, level, text, limit), loop).result(30)

        assert found == expected

    await asyncio.to_thread(check)


async def test_pages_repeat_and_miss_nothing_while_lines_are_added(logged):
    seen, after, next_seq = [], {}, 1
    for more in (5, 4, 0, 3, 0, 0):
        if more:
            await logged.lines(*(line(f"line {seq}") for seq in range(next_seq, next_seq + more)), seq=next_seq)
            next_seq += more
        page = await logged.page(limit=3, **after)
        seen += page.items
        after = {"after_run": seen[-1].run, "after_seq": seen[-1].seq}

    assert [one.seq for one in seen] == list(range(1, 13))
    assert not page.more


@pytest.mark.parametrize(("lines", "more"), [(2, False), (3, False), (4, True)])
async def test_a_page_says_whether_there_are_lines_behind_it(logged, lines, more):
    await logged.lines(*(line(f"line {n}") for n in range(lines)))
    page = await logged.page(limit=3)

    assert (len(page.items), page.more) == (min(lines, 3), more)


@pytest.mark.parametrize("character", ["x", "\x01", "€", '"'])
async def test_long_lines_make_shorter_pages_that_an_answer_can_carry(logged, character):
    size = 32 * 1024 // len(character.encode())
    for seq in range(1, 81):
        await logged.lines(line(character * size), seq=seq)
    page = await logged.page(limit=1000)
    answer = encode(REPLIES, Answer(result=page.model_dump(mode="json")))

    assert page.more
    assert 1 < len(page.items) < 80
    assert sum(len(one.message.encode()) for one in page.items) <= PAGE_BYTES
    assert len(answer.body) < REPLIES.max_body
    assert [one.seq for one in await logged.walk(limit=1000)] == list(range(1, 81))


async def test_a_line_longer_than_a_page_comes_alone(logged):
    await logged.lines(line("short"), line("after it"))
    await logged.house.rows("UPDATE executions.logs SET message = repeat('x', $1) WHERE seq = 1", PAGE_BYTES + 1)
    first = await logged.page()

    assert [one.seq for one in first.items] == [1]
    assert first.more
    assert [one.seq for one in await logged.walk()] == [1, 2]


async def test_a_page_and_its_cursor_are_of_one_moment(logged, monkeypatch):
    """What is folded between the two reads is in neither: it comes after the cursor."""

    async def folded(last_entry, message, seq):
        await logged.lines(line(message), seq=seq)
        await logged.house.rows(
            "INSERT INTO executions.folds VALUES ($1, 0, 'me', 1, now(), $2)"
            " ON CONFLICT (topic, partition) DO UPDATE SET last_entry = excluded.last_entry",
            EVENTS.name,
            last_entry,
        )

    async def read_cursor_after_more_was_folded(connection, read=views.feed_cursor):
        await folded("6-0", "during", 2)
        return await read(connection)

    await folded("5-0", "before", 1)
    with monkeypatch.context() as patched:
        patched.setattr(views, "feed_cursor", read_cursor_after_more_was_folded)
        page = await logged.page()
    later = await logged.page()

    assert ([one.message for one in page.items], page.event_cursor) == (["before"], "0:5-0")
    assert ([one.message for one in later.items], later.event_cursor) == (["before", "during"], "0:6-0")


async def test_a_list_of_executions_and_its_cursor_are_of_one_moment(house, tell, executions, project, monkeypatch):
    first, second = tell(), tell()
    await house.requests(first.request())
    await house.rows("INSERT INTO executions.folds VALUES ($1, 0, 'me', 1, now(), '5-0')", EVENTS.name)

    async def count_after_more_was_folded(connection, read=views.count, **asked):
        await house.requests(second.request())
        await house.rows("UPDATE executions.folds SET last_entry = '6-0'")
        return await read(connection, **asked)

    with monkeypatch.context() as patched:
        patched.setattr(views, "count", count_after_more_was_folded)
        page = await executions.list(ListExecutions(project_id=project))
    later = await executions.list(ListExecutions(project_id=project))

    assert ([item.id for item in page.items], page.total_estimate, page.event_cursor) == ([first.id], 1, "0:5-0")
    assert (len(later.items), later.total_estimate, later.event_cursor) == (2, 2, "0:6-0")


async def test_lines_of_another_projects_execution_or_of_none_are_not_there(logged):
    await logged.lines(line("secret"))
    for asked in ({"project_id": uuid7(), "execution_id": logged.tale.id}, {"execution_id": uuid7()}):
        query = ListLogs(**({"project_id": logged.tale.facts["project_id"]} | asked))
        with pytest.raises(FaultError, check=lambda error: error.code == "execution_not_found"):
            await logged.executions.list_logs(query)
