"""Where the demo is: a folder with the shop (a package `shop`) and flows."""

from pathlib import Path

IN_PACKAGE = "demo"
IN_SOURCE_TREE = "examples/demo"
PORT_IN_PAGES = 8090
"""The example flows and the documentation's pages look for the shop there."""


class DemoNotFoundError(LookupError):
    """Neither the command's package nor a source tree around it has the demo."""

    def __init__(self, packaged: Path) -> None:
        super().__init__(
            f"looked for the demo shop and found neither {packaged} nor a source tree with {IN_SOURCE_TREE} around it; "
            "a clone of the project has one"
        )


def demo_folder() -> Path:
    """Return the demo that is packaged with the command, or the one of the source tree that it runs from.

    Raises:
        DemoNotFoundError: there is none.
    """
    here = Path(__file__).resolve()
    places = [here.parents[1] / IN_PACKAGE, *(parent / IN_SOURCE_TREE for parent in here.parents)]
    for place in places:
        if (place / "shop").is_dir():
            return place
    raise DemoNotFoundError(places[0])
