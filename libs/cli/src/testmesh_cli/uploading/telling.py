"""What is said of an upload: where the results are, or why they are not there, and how to send them again."""

import shlex
from collections.abc import Callable
from pathlib import Path

from testmesh_cli.remote.address import Address
from testmesh_cli.secrecy import without_passwords
from testmesh_cli.uploading.sending import Sent, is_final
from testmesh_cli.uploading.unsent import Unsent

MOST_NAMED = 3


def tell(sent: Sent, address: Address, url: str | None, folder: Path, say: Callable[[str], None]) -> None:
    """Say what became of the results; `url` is what the person named, `folder` where results wait."""
    if len(sent.there) > MOST_NAMED:
        say(f"{len(sent.there)} results uploaded: {address.shown}/executions")
    else:
        for result in sent.there:
            say(f"uploaded: {address.shown}/executions/{result.execution_id}  {result.flow_name}")
    if not sent.failed:
        return
    reasons = dict.fromkeys(f"{error}  [{error.code}]" for _, error in sent.failed)
    for reason in list(reasons)[:MOST_NAMED]:
        say(f"not uploaded: {reason}")
    if len(reasons) > MOST_NAMED:
        say(f"and {len(reasons) - MOST_NAMED} other reasons")
    _tell_lost([result for result, _ in sent.failed if result.data is not None], say)
    kept = [(result.path, is_final(error)) for result, error in sent.failed if result.data is None]
    _tell_refused([path for path, final in kept if final], say)
    files = [path for path, final in kept if not final]
    if not files:
        return
    where = str(files[0]) if len(files) == 1 else str(folder)
    named = "" if files[0].parent == folder and len(files) > 1 else f" {shlex.quote(str(files[0]))}"
    words = f"testmesh upload{named}{f' --url {shlex.quote(without_passwords(url))}' if url else ''}"
    say(f"{_counted(len(files))} kept in {where}; send again with: {words}")


def _tell_refused(files: list[Path], say: Callable[[str], None]) -> None:
    named = " ".join(shlex.quote(str(path)) for path in files[:MOST_NAMED])
    more = f" and {len(files) - MOST_NAMED} more" if len(files) > MOST_NAMED else ""
    if files:
        say(f"{_counted(len(files))} refused each time that it is sent; kept until you remove it: {named}{more}")


def _tell_lost(results: list[Unsent], say: Callable[[str], None]) -> None:
    if results:
        names = ", ".join(repr(result.flow_name) for result in results[:MOST_NAMED])
        more = f" and {len(results) - MOST_NAMED} more" if len(results) > MOST_NAMED else ""
        say(f"{_counted(len(results))} lost, neither written nor sent: {names}{more}; run again what is to be there")


def _counted(number: int) -> str:
    return "1 result is" if number == 1 else f"{number} results are"
