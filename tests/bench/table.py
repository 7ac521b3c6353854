"""Rows as a table of text."""

from collections.abc import Iterable, Mapping

from tests.bench.row import Figure, Row

WIDTH = 60
HEAD = f"{'':{WIDTH}} {'ours':>10} {'baseline':>10} {'ratio':>7} {'goal':>9}"


def table_of(machine: Mapping[str, object], rows: Iterable[Row]) -> str:
    """Return the table: one line a figure."""
    lines = [" · ".join(f"{name} {value}" for name, value in machine.items()), "", HEAD]
    for row in rows:
        lines += ["", f"({row.letter}) {row.title}", *(f"    {said}" for said in row.load)]
        lines += [_line(figure) for figure in row.figures]
        lines += [f"    WRONG WORK: {fault}" for fault in row.faults]
    return "\n".join(lines) + "\n"


def _line(figure: Figure) -> str:
    baseline = "" if figure.baseline is None else _number(figure.baseline)
    ratio = "" if figure.ratio is None else f"{figure.ratio:.1f} x"
    sign = "≥" if figure.better == "more" else "<"
    goal = "" if figure.goal is None else f"{sign} {figure.goal:g}"
    met = {None: "", True: " met", False: " NOT MET"}[figure.met]
    what = f"  {figure.what}, {figure.unit}"
    return f"{what:{WIDTH}} {_number(figure.ours):>10} {baseline:>10} {ratio:>7} {goal:>9}{met}".rstrip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
