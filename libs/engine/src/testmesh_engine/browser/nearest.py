"""What is on a page that is like something that is not: so that a message says what to write instead."""

import difflib
import json
import re
from typing import Any, Final

from playwright.async_api import Locator

from testmesh_engine.actions.browser import Deed

_MOST: Final = 3
_MOST_LOOKED_AT: Final = 2000
_LONGEST: Final = 80
_LIKE: Final = 0.4
_LOOK_MS: Final = 700
_NODE: Final = re.compile(r'^\s*- (?P<role>[a-z]+)(?: (?P<name>"(?:[^"\\]|\\.)*"))?(?P<rest>.*)$')
_FIELDS: Final = frozenset(("textbox", "combobox", "checkbox", "radio", "spinbutton", "searchbox", "slider", "switch"))
_NAMED: Final = """(body, most) => {
    const names = [];
    const found = [...body.querySelectorAll('[id], [class], [data-testid], [name], [placeholder]')];
    for (const element of found.slice(0, most)) {
        if (element.id) names.push('#' + element.id);
        for (const name of element.classList) names.push('.' + name);
        for (const key of ['data-testid', 'name', 'placeholder'])
            if (element.getAttribute(key)) names.push('[' + key + '="' + element.getAttribute(key) + '"]');
    }
    return [...new Set(names)];
}"""
_WORD: Final = re.compile(r"[\w-]+")


async def nearest_by_name(body: Locator, way: str, deed: Deed) -> list[str]:
    """Return elements whose role, name, label or text is like the one that was looked for, the most like it first."""
    if way in ("test_id", "placeholder"):
        key, wanted = ("data-testid" if way == "test_id" else way), str(getattr(deed, way))
        start = f'[{key}="'
        found = [each for each in await _names_on(body) if each.startswith(start)]
        return _ranked(wanted, {each: each.removeprefix(start).removesuffix('"]') for each in found})
    nodes = [node for line in (await body.aria_snapshot(timeout=_LOOK_MS)).splitlines() if (node := _node(line))]
    nodes = list(dict.fromkeys(nodes))[:_MOST_LOOKED_AT]
    if way == "role":
        return _of_role(nodes, str(deed.role), deed.name)
    if way == "label":
        nodes = [node for node in nodes if node[0] in _FIELDS]
    wanted = str(getattr(deed, way))
    shown = {f"{role} {_quoted(name)}": name for role, name in nodes if name}
    return _ranked(wanted, shown)


async def nearest_selectors(body: Locator, selector: str) -> list[str]:
    """Return ids, classes and names on the page that are like a word of the selector."""
    words = _WORD.findall(selector)
    named = {each: _WORD.findall(each) for each in await _names_on(body)}
    scores = {each: max((_likeness(a, b) for a in words for b in parts), default=0.0) for each, parts in named.items()}
    return _best(scores)


async def _names_on(body: Locator) -> list[str]:
    found: list[Any] = await body.evaluate(_NAMED, _MOST_LOOKED_AT, timeout=_LOOK_MS)
    return [str(each)[:_LONGEST] for each in found]


def _node(line: str) -> tuple[str, str] | None:
    """Return role and name of a line of a snapshot; of a text, the text."""
    found = _NODE.match(line)
    if found is None:
        return None
    rest = found["rest"].partition(":")[2].strip()
    try:
        name = json.loads(found["name"]) if found["name"] else rest
    except ValueError:
        name = found["name"]
    return found["role"], str(name)[:_LONGEST]


def _of_role(nodes: list[tuple[str, str]], role: str, name: str | None) -> list[str]:
    """Rank by name among those of the role, then what has the name under another role."""
    shown = {f"{each} {_quoted(called)}" if called else each: (each, called) for each, called in nodes}
    if name is None:
        return _ranked(role, {words: each for words, (each, _) in shown.items()})
    scores = {
        words: _likeness(name, called) + (0.25 if each == role else 0.0)
        for words, (each, called) in shown.items()
        if each != "text"
    }
    same_role = [words for words, (each, called) in shown.items() if each == role and called]
    return _best(scores) or same_role[:_MOST]


def _ranked(wanted: str, shown: dict[str, str]) -> list[str]:
    return _best({words: _likeness(wanted, called) for words, called in shown.items()})


def _best(scores: dict[str, float]) -> list[str]:
    like = [words for words, score in scores.items() if score >= _LIKE]
    return sorted(like, key=lambda words: -scores[words])[:_MOST]


def _likeness(one: str, other: str) -> float:
    one, other = one.lower(), other.lower()
    if one and other and (one in other or other in one):
        return 0.9
    return difflib.SequenceMatcher(None, one, other).ratio()


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
