import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testmesh_contracts.events import ArtifactStored, LogLine
from testmesh_engine.artifacts.names import ANY_TYPE, LONGEST_NAME, kept_name, kept_type
from testmesh_engine.executor.keeping import ArtifactLimits
from testmesh_engine.executor.masking import Mask
from testmesh_engine.executor.masking_streams import masked
from testmesh_sdk import Action, ActionConfig, ActionError, ActionResult

pytestmark = pytest.mark.integration

SECRET = "sesame-123/ä"


async def in_pieces(data, size):
    for start in range(0, len(data), size):
        yield data[start : start + size]


class Attaches(Action):
    """Attaches what the variables say, in pieces where there is a size of them."""

    name = "attaches"
    config = ActionConfig

    async def run(self, config, context):
        said = context.variables
        data = said["data"].encode()
        for number in range(said.get("times", 1)):
            content = in_pieces(data, said["pieces"]) if "pieces" in said else data
            await context.attach(said.get("name", f"{number}.txt"), content, said.get("type", "text/plain"))
        return ActionResult()


class Tolerates(Action):
    """Goes on without the files that are not kept."""

    name = "tolerates"
    config = ActionConfig

    async def run(self, config, context):
        codes = []
        for size in (11, 10, 10, 1):
            try:
                await context.attach("x", in_pieces(b"x" * size, 3), "text/plain")
            except ActionError as error:
                codes.append(error.code)
        context.log("info", " ".join(codes))
        return ActionResult()


def flow(action="attaches"):
    return f"name: a\nsteps:\n  - {{id: a, action: {action}}}\n"


def kept_of(played):
    return [event for event in played.events if isinstance(event, ArtifactStored)]


@pytest.mark.parametrize("pieces", [{}, {"pieces": 4}])
async def test_an_artifact_over_its_limit_ends_the_step_as_an_error_that_says_so(play, tmp_path, pieces):
    limits = ArtifactLimits(each_bytes=10)
    played = await play(flow(), Attaches, variables={"data": "x" * 11, **pieces}, artifact_limits=limits)

    assert (played["a"].status, played["a"].error_code) == ("error", "TM445")
    assert "'0.txt' was not kept: it has more than 10 bytes" in played["a"].error_message
    assert kept_of(played) == []
    assert [path for path in (tmp_path / "artifacts").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("limits", [ArtifactLimits(all_bytes=20), ArtifactLimits(most=2)])
async def test_an_execution_keeps_no_more_than_its_limits(play, limits):
    played = await play(flow(), Attaches, variables={"data": "x" * 10, "times": 3}, artifact_limits=limits)

    assert (played["a"].status, played["a"].error_code) == ("error", "TM446")
    assert "'2.txt'" in played["a"].error_message
    assert [event.name for event in kept_of(played)] == ["0.txt", "1.txt"]


@pytest.mark.parametrize("limits", [ArtifactLimits(10, 20, 3), ArtifactLimits(10, 100, 2)])
async def test_what_was_not_kept_takes_no_room(play, limits):
    played = await play(flow("tolerates"), Tolerates, artifact_limits=limits)

    assert played.lines == ["TM445 TM446"]
    assert [event.size_bytes for event in kept_of(played)] == [10, 10]


async def test_a_value_too_large_to_be_kept_leaves_its_record_which_says_so_and_the_verdict_stands(play):
    source = "name: a\nsteps:\n  - {id: a, action: set, config: {v: '${big}'}, assert: ['len(a.values.v) == 300000']}\n"
    limits = ArtifactLimits(each_bytes=1000)
    played = await play(source, variables={"big": "x" * 300_000}, artifact_limits=limits)
    shown = played["a"].outputs["v"]
    lines = [event for event in played.events if isinstance(event, LogLine)]

    assert played.outcome.status == "passed"
    assert shown["$artifact"] is None
    assert shown["size_bytes"] == 300_000
    assert shown["not_kept"].startswith("TM445: the artifact 'outputs.v' was not kept")
    assert lines[0].level == "warning"
    assert lines[0].message.startswith("TM445: ")


async def test_a_store_that_takes_nothing_is_an_error_of_the_step_and_no_breakdown_of_the_engine(play, tmp_path):
    (tmp_path / "artifacts").write_text("a file, where the folder would be")
    attached = await play(flow(), Attaches, variables={"data": "x"})
    large = await play(
        "name: a\nsteps:\n  - {id: a, action: set, config: {v: '${b}'}}\n", variables={"b": "x" * 300_000}
    )

    assert (attached["a"].status, attached["a"].error_code) == ("error", "TM447")
    assert "the artifact '0.txt' could not be kept: writing executions/e-1/" in attached["a"].error_message
    assert large["a"].status == "passed"
    assert large["a"].outputs["v"]["not_kept"].startswith("TM447: ")


async def test_a_file_in_pieces_is_kept_without_secrets(play, store):
    data = f"key: {SECRET}, again: {SECRET}"
    played = await play(flow(), Attaches, variables={"data": data, "pieces": 3}, secret_values=[SECRET])

    assert await store.read(kept_of(played)[0].storage_path) == b"key: ***, again: ***"


@given(
    st.lists(st.sampled_from([SECRET, "%C3%A4", "sesame", "x" * 50, "ü", " ", "7q"]), max_size=12), st.integers(1, 40)
)
def test_pieces_are_masked_as_the_whole_is(parts, size):
    mask = Mask()
    mask.add([SECRET, "7q"])
    data = " ".join(parts).encode()

    async def all_of_it():
        return b"".join([piece async for piece in masked(in_pieces(data, size), mask)])

    assert asyncio.run(all_of_it()) == mask.data(data)


@pytest.mark.parametrize("data", [b"\x89PNG\r\n" + b"\x00" * 3000, b"text \xff " * 1000, "aä".encode()[:-1] * 2000])
async def test_bytes_that_are_no_text_come_out_as_they_went_in(data):
    mask = Mask()
    mask.add("not-in-there")

    assert b"".join([piece async for piece in masked(in_pieces(data, 1000), mask)]) == data


@pytest.mark.parametrize("sign", ["\x00", "\n", "\r", "\x1b", "\u202e", "\u2028", "\ud800"])
async def test_a_name_shows_all_that_is_in_it(play, sign):
    played = await play(flow(), Attaches, variables={"data": "x", "name": f"gp{sign}fdp.exe"})

    assert sign not in kept_of(played)[0].name
    assert kept_of(played)[0].name.startswith("gp")


def test_a_name_is_bounded_and_never_empty():
    assert kept_name("x" * 10_000) == "x" * LONGEST_NAME
    assert kept_name("  ") == kept_name("") == "unnamed"


@pytest.mark.parametrize(
    ("given", "kept"),
    [("image/png", "image/png"), ("text/html; charset=utf-8", "text/html; charset=utf-8"),
     ('a/b; x="y z"', 'a/b; x="y z"'), ("", ANY_TYPE), ("text", ANY_TYPE), ("text/html\r\nSet-Cookie: a=b", ANY_TYPE),
     ("text/html; " + "x" * 300 + "=y", ANY_TYPE), ("tëxt/html", ANY_TYPE), ("text/html\n", ANY_TYPE)],
)  # fmt: skip
def test_a_content_type_that_is_none_becomes_that_of_any_bytes(given, kept):
    assert kept_type(given) == kept


async def test_200_runs_that_are_cancelled_while_they_attach_leave_no_file_and_no_task(play, store, tmp_path):
    seen = asyncio.Event()

    class NeverDone(Action):
        name = "never_done"
        config = ActionConfig

        async def run(self, config, context):
            async def endless():
                yield b"x" * 1000
                seen.set()
                await asyncio.Event().wait()

            await context.attach("endless", endless(), "text/plain")
            return ActionResult()

    for _ in range(200):
        cancel = asyncio.Event()
        seen.clear()
        playing = asyncio.create_task(play(flow("never_done"), NeverDone, cancel=cancel))
        await seen.wait()
        cancel.set()
        assert (await playing).outcome.status == "cancelled"
    await store.close()

    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert [path for path in (tmp_path / "artifacts").rglob("*") if path.name != "executions"] == []
