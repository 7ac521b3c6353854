"""What artifacts are called and said to be: words of flows and of tested systems, made fit to be shown."""

import re
import unicodedata

LONGEST_NAME = 255
LONGEST_TYPE = 255
ANY_TYPE = "application/octet-stream"
_TOKEN = r"[A-Za-z0-9!#$&^_.+-]{1,100}"  # noqa: S105 - a word of RFC 9110
_TYPE = re.compile(rf'{_TOKEN}/{_TOKEN}(?: *; *{_TOKEN}=(?:{_TOKEN}|"[ !#-\[\]-~]*"))*', re.ASCII)
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Kinds of characters that a name shows nothing of, or that change how what is around them is shown."""


def kept_name(name: str) -> str:
    """Return a name as records have it: of a bounded length, with nothing in it that is not seen.

    It may still hold slashes and dots: it is data, and whoever makes a file of it takes care of that.
    """
    seen = "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(sign) in _UNSEEN else sign
        for sign in name[: 4 * LONGEST_NAME]
    )
    return seen.strip()[:LONGEST_NAME] or "unnamed"


def kept_type(content_type: str) -> str:
    """Return a content type, or the one of any bytes where a tested system gave something else."""
    return content_type if len(content_type) <= LONGEST_TYPE and _TYPE.fullmatch(content_type) else ANY_TYPE
