"""Files that steps keep, without the secrets that are in them: also inside an archive."""

import asyncio
import io
import zipfile
from typing import Final

from testmesh_engine.executor.masking import Mask

MOST_UNPACKED: Final = 256 * 1024 * 1024
_ARCHIVE: Final = "application/zip"


class ArchiveTooLargeError(ValueError):
    """An archive holds more than can be searched for secrets, and was not kept."""

    code = "archive_too_large"

    def __init__(self, size: int) -> None:
        super().__init__(f"the archive holds {size} bytes, and at most {MOST_UNPACKED} are searched for secrets")


async def masked_file(mask: Mask, data: bytes, content_type: str) -> bytes:
    """Return a file without secrets; an archive that holds none is given back as it is.

    Raises:
        ArchiveTooLargeError: there are secrets, and the archive is too large to be searched for them.
    """
    if content_type != _ARCHIVE or not mask:
        return mask.data(data)
    return await asyncio.to_thread(_masked_archive, mask, data)


def _masked_archive(mask: Mask, data: bytes) -> bytes:
    try:
        return _masked_members(mask, data)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError):
        return mask.data(data)  # it only says that it is one, or is sealed


def _masked_members(mask: Mask, data: bytes) -> bytes:
    packed, changed = io.BytesIO(), False
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as masked:
        size = sum(member.file_size for member in archive.infolist())
        if size > MOST_UNPACKED:
            raise ArchiveTooLargeError(size)
        for member in archive.infolist():
            content = archive.read(member)
            clean = mask.data(content)
            changed = changed or clean != content
            masked.writestr(member, clean)
    return packed.getvalue() if changed else data
