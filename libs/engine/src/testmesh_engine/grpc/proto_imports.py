"""Which files a proto file needs: found in the same way where they are packed, where they arrive, where they are read.

An import is looked for beside the file that imports it, then in each folder above that, up to where the path of the
flow begins; then among the files that the flow names itself. Those of google/protobuf come with protobuf.
What is nowhere is left out: whoever compiles the files says so, if a type of it is missed.
"""

import posixpath
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping

from testmesh_engine.grpc.proto_tokens import ProtoError, tokens
from testmesh_engine.language.mentions import is_proto

BUNDLED = "google/protobuf/"
MOST = 500
"""Files that one step may need."""
_KINDS = ("public", "weak", "option")
Search = Generator[str, bytes | None, dict[str, bytes]]
"""Yields paths, is sent what is there, returns all that was found."""


def with_imports(paths: Iterable[str], read: Callable[[str], bytes | None]) -> dict[str, bytes]:
    """Return the files, and all that they import, by path; `read` gives the content of a path, or None."""
    search = needed(list(paths))
    try:
        wanted = next(search)
        while True:
            wanted = search.send(read(wanted))
    except StopIteration as done:
        found: dict[str, bytes] = done.value
        return found


def needed(paths: list[str]) -> Search:
    """Search for the files and what they import. A file that the flow names and that is not there is left out, too."""
    found: dict[str, bytes] = {}
    missed: set[str] = set()
    waiting = list(paths)
    while waiting and len(found) < MOST:
        path = waiting.pop(0)
        if path not in found and path not in missed:
            data = yield path
            if data is None:
                missed.add(path)
                continue
            found[path] = data
        for name in imports_of(path, found.get(path, b"")):
            if name.startswith(BUNDLED):
                continue
            for place in places_of(name, path, paths):
                if place not in found and place not in missed:
                    data = yield place
                    if data is None:
                        missed.add(place)
                        continue
                    found[place] = data
                    waiting.append(place)
                if place in found:
                    break
    return found


def places_of(name: str, importer: str, listed: Iterable[str]) -> Iterator[str]:
    """Yield where an import may be, the likeliest place first."""
    folder = posixpath.dirname(importer)
    while True:
        yield posixpath.normpath(posixpath.join(folder, name))
        if not folder or posixpath.basename(folder) in ("..", "."):
            break
        folder = posixpath.dirname(folder)
    for path in listed:
        if path.endswith(f"/{name}"):
            yield path


def place_in(name: str, importer: str, listed: Iterable[str], there: Mapping[str, object]) -> str | None:
    """Return where an import is, among the files that are there."""
    return next((place for place in places_of(name, importer, listed) if place in there), None)


def imports_of(path: str, data: bytes) -> list[str]:
    """Return the names that a proto file imports; of one that cannot be read those before the fault."""
    found: list[str] = []
    before, earlier = "", ""
    try:
        for token in tokens(path, data.decode("utf-8", "replace")):
            if token.kind == "text" and (before == "import" or (earlier == "import" and before in _KINDS)):
                found.append(token.value)
            before, earlier = token.value, before
    except ProtoError:
        pass  # told by whoever compiles it
    return [name for name in found if is_proto(name) and not name.startswith("/") and ".." not in name.split("/")]
