"""What becomes of reports where a run ends before it begins."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from testmesh_cli import __version__
from testmesh_cli.errors import CliError
from testmesh_cli.replacing import replace_file
from testmesh_cli.reporting.paper import remark_line, standard_error

if TYPE_CHECKING:
    from testmesh_cli.reporting.destinations import Destination


@contextmanager
def told_if_nothing_runs(reports: "Sequence[Destination]") -> Iterator[None]:
    """Have no report of an earlier run stand for one that does not come about.

    Files were taken away when their places were tried. A folder of Allure's keeps what is in it, so the end of this
    run is added.
    """
    try:
        yield
    except CliError as error:
        _tell(reports, int(error.exit_code))
        raise
    except click.UsageError as error:
        _tell(reports, error.exit_code)
        raise


def _tell(reports: "Sequence[Destination]", code: int) -> None:
    folders = [report.path for report in reports if report.kind == "allure" and report.path is not None]
    if not folders:
        return
    from testmesh_engine.reporters import RunReport
    from testmesh_engine.reporters.allure import write_results

    nothing = RunReport([], code, datetime.now(UTC), 0.0, __version__)
    for folder in folders:
        try:
            write_results(nothing, _into(folder), lambda _: None)
        except OSError as error:
            # Why nothing is run is what is to be told; this comes beside it.
            words = f"the report allure={folder} could not be written: {error.strerror or error}"
            standard_error().write(remark_line(f"{words}  [report_not_written]"))


def _into(folder: Path) -> Callable[[str, bytes], None]:
    return lambda name, data: replace_file(folder / name, data)
