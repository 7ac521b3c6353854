"""The words of `browser`: what each of its actions does with which keys."""

from dataclasses import dataclass
from typing import Final, Literal

Word = Literal[
    "goto", "reload", "back", "forward",
    "click", "fill", "type", "select", "check", "uncheck", "press", "hover", "focus", "upload", "download",
    "wait_for", "evaluate", "read", "read_storage", "screenshot", "dialog", "switch_page", "close_page",
    "assert_visible", "assert_hidden", "assert_enabled", "assert_disabled", "assert_checked", "assert_unchecked",
    "assert_text", "assert_value", "assert_url", "assert_title", "assert_count",
]  # fmt: skip
LOCATORS: Final = ("role", "label", "text", "placeholder", "test_id", "selector")
"""Ways to find an element, the best first."""
_MORE_OF_ONE: Final = ("name", "exact", "within", "frame", "nth")


@dataclass(frozen=True, slots=True)
class Kind:
    """Which keys an action needs and takes beside those that find an element."""

    locator: Literal["needed", "taken", "none"] = "none"
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()


def taken(kind: Kind) -> set[str]:
    ways = () if kind.locator == "none" else (*LOCATORS, *_MORE_OF_ONE)
    return {*ways, *kind.needs, *kind.takes}


_ELEMENT = Kind("needed")
_NAVIGATION = Kind(takes=("wait_until",))
DEEDS: Final[dict[Word, Kind]] = {
    "goto": Kind(needs=("url",), takes=("wait_until",)),
    "reload": _NAVIGATION,
    "back": _NAVIGATION,
    "forward": _NAVIGATION,
    "click": Kind("needed", takes=("button", "clicks")),
    "fill": Kind("needed", needs=("value",)),
    "type": Kind("needed", needs=("value",)),
    "select": Kind("needed", needs=("value",)),
    "check": _ELEMENT,
    "uncheck": _ELEMENT,
    "press": Kind("taken", needs=("key",)),
    "hover": _ELEMENT,
    "focus": _ELEMENT,
    "upload": Kind("needed", needs=("files",)),
    "download": Kind("needed", takes=("save_as",)),
    "wait_for": Kind("taken", takes=("url", "state", "expression", "argument")),
    "evaluate": Kind(needs=("expression",), takes=("argument",)),
    "read": _ELEMENT,
    "read_storage": Kind(),
    "screenshot": Kind("taken", takes=("save_as", "full_page")),
    "dialog": Kind(takes=("answer", "value")),
    "switch_page": Kind(needs=("page",)),
    "close_page": Kind(),
    "assert_visible": _ELEMENT,
    "assert_hidden": _ELEMENT,
    "assert_enabled": _ELEMENT,
    "assert_disabled": _ELEMENT,
    "assert_checked": _ELEMENT,
    "assert_unchecked": _ELEMENT,
    "assert_text": Kind("taken", needs=("text",)),
    "assert_value": Kind("needed", needs=("value",)),
    "assert_url": Kind(needs=("url",)),
    "assert_title": Kind(needs=("title",)),
    "assert_count": Kind("needed", needs=("count",)),
}
