import asyncio

import pytest

from testmesh_cli.watching.happenings import DeafError, Happenings


async def test_a_change_right_after_the_watch_began_is_heard(tmp_path):
    heard = asyncio.Event()
    happenings = Happenings(heard.set)

    assert await happenings.watch([tmp_path])
    (tmp_path / "new.yaml").write_text("name: new")

    await asyncio.wait_for(heard.wait(), 20)
    assert not await happenings.watch([tmp_path])
    await happenings.close()


async def test_a_folder_that_went_away_is_looked_for_again(tmp_path):
    heard = asyncio.Event()
    happenings = Happenings(heard.set)

    await happenings.watch([tmp_path, tmp_path / "gone"])
    (tmp_path / "gone").mkdir()

    await asyncio.wait_for(heard.wait(), 20)
    happenings.assert_hears()
    await happenings.close()


async def test_a_watch_that_cannot_hear_says_so(tmp_path, monkeypatch):
    async def broken(*folders, **options):
        raise OSError(28, "No space left on device")
        yield

    monkeypatch.setattr("watchfiles.awatch", broken)
    heard = asyncio.Event()
    happenings = Happenings(heard.set)

    await happenings.watch([tmp_path])
    await asyncio.wait_for(heard.wait(), 20)

    with pytest.raises(DeafError, match=r"1 folders cannot be watched: .*No space left.*max_user_watches"):
        happenings.assert_hears()
    assert not await happenings.watch([tmp_path])
    await happenings.close()
