import asyncio
import hashlib
import os
import resource
from pathlib import Path

import pytest

from testmesh_contracts.ids import uuid7
from testmesh_engine.artifacts import (
    ArtifactKeyError,
    ArtifactMissingError,
    ArtifactStoreError,
    BucketStore,
    FolderStore,
    S3Access,
    key_of,
)
from testmesh_engine.artifacts.store import AT_ONCE_BYTES

pytestmark = pytest.mark.integration

LARGE = 3 * AT_ONCE_BYTES + 7
PIECE = bytes(range(256)) * 4096


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


def new_key():
    return key_of("e-1", uuid7())


async def pieces(size, until=None):
    """Pieces of a large file; with `until`, the last one never comes."""
    given = 0
    while given < size:
        if until is not None and given > size // 2:
            await until.wait()
        piece = PIECE[: min(len(PIECE), size - given)]
        given += len(piece)
        yield piece


def whole(size):
    return (PIECE * (size // len(PIECE) + 1))[:size]


@pytest.mark.parametrize("size", [0, 1, AT_ONCE_BYTES, LARGE])
async def test_a_file_comes_back_as_it_was_given_whether_whole_or_in_pieces(kept, size):
    one, other = new_key(), new_key()
    at_once, streamed = await kept.store.put(one, whole(size)), await kept.store.put(other, pieces(size))

    assert (at_once.size_bytes, at_once.sha256) == (size, hashlib.sha256(whole(size)).hexdigest())
    assert (streamed.size_bytes, streamed.sha256) == (at_once.size_bytes, at_once.sha256)
    assert await kept.store.read(one) == await kept.store.read(other) == whole(size)
    assert await kept.store.size_of(other) == size
    assert kept.left == sorted([one, other, *({"executions/e-1"} if kept.folder else ())])


async def test_a_part_of_a_file_is_read_without_the_rest(kept):
    key = new_key()
    await kept.store.put(key, pieces(LARGE))
    opened = await kept.store.open(key, LARGE - 10, LARGE)

    assert opened.size_bytes == LARGE
    assert b"".join([piece async for piece in opened.pieces]) == whole(LARGE)[-10:]


async def test_a_large_file_is_read_in_small_pieces(kept):
    key = new_key()
    await kept.store.put(key, pieces(LARGE))

    assert max([len(piece) async for piece in (await kept.store.open(key)).pieces]) <= AT_ONCE_BYTES // 4


async def test_200_cancelled_puts_leave_nothing(kept):
    before = open_files()
    for number in range(200):
        never, seen = asyncio.Event(), asyncio.Event()
        size = LARGE if number % 20 == 0 else 2 * len(PIECE)  # some are cancelled between the parts of an upload

        async def told(size=size, never=never, seen=seen):
            async for piece in pieces(size, never):
                yield piece
                seen.set()

        putting = asyncio.create_task(kept.store.put(new_key(), told()))
        await seen.wait()
        for _ in range(number % 7):
            await asyncio.sleep(0)
        putting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await putting
    await kept.store.close()

    assert kept.left == []
    assert asyncio.all_tasks() == {asyncio.current_task()}
    # what obstore keeps for the next request to the bucket: one connection a thread of its own
    assert open_files() - before <= (0 if kept.folder else 2 * (os.cpu_count() or 1) + 8)


async def test_a_put_that_is_cancelled_while_it_is_written_leaves_nothing(kept):
    for number in range(20):
        putting = asyncio.create_task(kept.store.put(new_key(), b"x" * 1000))
        for _ in range(number):
            await asyncio.sleep(0)
        if putting.cancel():
            with pytest.raises(asyncio.CancelledError):
                await putting
    await kept.store.close()

    assert [name for name in kept.left if name.count("/") == 2] == []


@pytest.mark.parametrize("size", [10, LARGE])
async def test_a_content_that_breaks_off_leaves_nothing_and_is_told_as_it_is(kept, size):
    async def broken():
        async for piece in pieces(size):
            yield piece
        raise OSError("the page is gone")

    with pytest.raises(OSError, match="the page is gone"):
        await kept.store.put(new_key(), broken())
    await kept.store.close()

    assert kept.left == []


async def test_nobody_sees_a_file_before_it_is_whole(kept):
    key, rest = new_key(), asyncio.Event()
    putting = asyncio.create_task(kept.store.put(key, pieces(LARGE, rest)))
    for _ in range(20):
        await asyncio.sleep(0.01)
        with pytest.raises(ArtifactMissingError):
            await kept.store.size_of(key)
    rest.set()
    await putting

    assert await kept.store.size_of(key) == LARGE


async def test_what_was_never_stored_is_missing_and_may_be_removed(kept):
    with pytest.raises(ArtifactMissingError, match="never stored there, or already removed"):
        await kept.store.open(new_key())
    with pytest.raises(ArtifactMissingError):
        await kept.store.size_of(new_key())
    await kept.store.remove(new_key())


@pytest.mark.parametrize(
    "key",
    ["../../etc/passwd", "executions/../flows/x", "executions/e/..", "/executions/e/a", "", "executions/e", "flows/x",
     "executions/e/a/b", "executions/e/a\n", "executions/e/.part", "executions//a", "executions/e/%2e%2e", "a" * 64,
     "ab/cd" + "0" * 62],
)  # fmt: skip
async def test_a_key_that_is_none_never_becomes_a_path(kept, key):
    for doing in (kept.store.put(key, b"x"), kept.store.open(key), kept.store.size_of(key), kept.store.remove(key)):
        with pytest.raises(ArtifactKeyError):
            await doing
    assert kept.left == []


def test_an_execution_whose_id_is_a_path_has_no_key():
    with pytest.raises(ArtifactKeyError):
        key_of("../flows", uuid7())


async def test_a_file_of_an_earlier_release_is_still_read_by_its_digest(tmp_path):
    digest = hashlib.sha256(b"old").hexdigest()
    (tmp_path / digest[:2]).mkdir()
    (tmp_path / digest[:2] / digest).write_bytes(b"old")

    assert await FolderStore(tmp_path).read(f"{digest[:2]}/{digest}") == b"old"


async def test_a_full_disk_is_told_and_leaves_nothing(tmp_path):
    store, (soft, hard) = FolderStore(tmp_path), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        for content in (b"x" * 2_000_000, pieces(LARGE)):
            with pytest.raises(ArtifactStoreError, match="File too large"):
                await store.put(new_key(), content)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    await store.close()

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


async def test_a_bucket_that_is_away_is_told_without_its_credentials(unused_tcp_port):
    access = S3Access(f"http://127.0.0.1:{unused_tcp_port}", None, "an-id", "a-secret")
    store = BucketStore("some-bucket", "", access)

    with pytest.raises(ArtifactStoreError) as raised:
        await store.size_of(new_key())
    assert "s3://some-bucket" in str(raised.value)
    assert "a-secret" not in str(raised.value) + repr(raised.value) + repr(access)


async def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ArtifactStoreError, match="Not a directory"):
        await FolderStore(Path(tmp_path / "file" / "store")).put(new_key(), b"x")


async def test_files_of_one_execution_that_come_and_go_at_once_do_not_harm_one_another(kept):
    async def broken():
        yield b"x"
        raise ValueError("broken off")

    async def one(number):
        key = new_key()
        await kept.store.put(key, broken() if number % 2 else b"whole")
        if number % 4:
            await kept.store.remove(key)
        return key

    found = []
    for _ in range(10):
        found += await asyncio.gather(*(one(number) for number in range(12)), return_exceptions=True)
    keys = [key for key in found if isinstance(key, str)]

    assert len(keys) == 60
    assert {str(error) for error in found if not isinstance(error, str)} == {"broken off"}
    assert len([name for name in kept.left if name in keys]) == 30
