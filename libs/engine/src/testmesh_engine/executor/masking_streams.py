"""Secrets, taken out of texts that come in pieces: also where one is cut in two between them."""

import codecs
from collections.abc import AsyncIterator

from testmesh_engine.executor.masking import Mask


async def masked(pieces: AsyncIterator[bytes], mask: Mask) -> AsyncIterator[bytes]:
    """Yield a file without secrets where it is text; bytes are given on as they are, from where they are no text."""
    if not mask:
        async for piece in pieces:
            yield piece
        return
    decoder = codecs.getincrementaldecoder("utf-8")()
    held = ""
    """Text in which a secret may have begun that goes on in the next piece."""
    is_text = True
    async for piece in pieces:
        if not is_text:
            yield piece
            continue
        undecoded = decoder.getstate()[0]
        try:
            text = held + decoder.decode(piece)
        except UnicodeDecodeError:
            is_text = False
            yield mask.text(held).encode() + undecoded + piece
            continue
        done, held = mask.cut(text)
        yield done.encode()
    if is_text:
        yield mask.text(held).encode() + decoder.getstate()[0]
