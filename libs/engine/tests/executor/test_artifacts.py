import pytest

from testmesh_engine.artifacts import ArtifactMissingError, DigestInvalidError


async def test_bytes_come_back_by_their_digest_and_equal_ones_are_kept_once(store, tmp_path):
    first, second = await store.put(b"abc"), await store.put(b"abc")

    assert first == second
    assert await store.read(first.sha256) == b"abc"
    assert await store.has(first.sha256)
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize("key", ["../../etc/passwd", "", "A" * 64, "a" * 63, "a" * 64 + "\n"])
async def test_a_key_that_is_no_digest_never_becomes_a_path(store, key):
    with pytest.raises(DigestInvalidError):
        await store.read(key)


async def test_what_was_never_stored_is_missing(store):
    with pytest.raises(ArtifactMissingError):
        await store.read("a" * 64)


async def test_half_a_file_is_written_again(store):
    kept = await store.put(b"whole")
    store.path_of(kept.sha256).write_bytes(b"ha")
    await store.put(b"whole")

    assert await store.read(kept.sha256) == b"whole"
