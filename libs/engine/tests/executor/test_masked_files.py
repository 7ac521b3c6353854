"""Files that steps keep are without secrets, also inside an archive."""

import io
import zipfile

import pytest

from testmesh_engine.executor import masked_files
from testmesh_engine.executor.masked_files import ArchiveTooLargeError, masked_file
from testmesh_engine.executor.masking import Mask

ZIP = "application/zip"


def archive(**members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        for name, data in members.items():
            made.writestr(name, data)
    return packed.getvalue()


def mask(*secrets):
    found = Mask()
    found.add(list(secrets))
    return found


async def test_the_texts_in_an_archive_are_masked_and_its_pictures_left_as_they_are():
    clean = await masked_file(mask("opensesame"), archive(a=b'{"x": "opensesame"}', b=b"\xff\xd8opensesame"), ZIP)

    with zipfile.ZipFile(io.BytesIO(clean)) as found:
        assert (found.read("a"), found.read("b")) == (b'{"x": "***"}', b"\xff\xd8opensesame")


@pytest.mark.parametrize("secrets", [(), ("elsewhere",)])
async def test_an_archive_without_secrets_is_given_back_as_it_is(secrets):
    data = archive(a=b"text")

    assert await masked_file(mask(*secrets), data, ZIP) == data


async def test_what_only_says_that_it_is_an_archive_is_masked_as_a_file():
    assert await masked_file(mask("opensesame"), b"say opensesame", ZIP) == b"say ***"
    assert await masked_file(mask("opensesame"), b"say opensesame", "text/plain") == b"say ***"


async def test_an_archive_that_unpacks_to_too_much_is_not_kept(monkeypatch):
    monkeypatch.setattr(masked_files, "MOST_UNPACKED", 100)
    data = archive(a=b"0" * 101)

    with pytest.raises(ArchiveTooLargeError, match="101 bytes"):
        await masked_file(mask("opensesame"), data, ZIP)
