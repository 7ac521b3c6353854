"""`testmesh demo`: the demo shop alone, to have something to test."""

import click

from testmesh_cli.guidance import DEMO_PORT

NEEDED = ("fastapi", "uvicorn")


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEMO_PORT,
    envvar="TESTMESH_DEMO_PORT",
    show_default=True,
    help="On this machine alone; 0 finds a free one.",
)
def demo(port: int) -> None:
    """Serve a small shop to test against, until Ctrl-C.

    It needs no server and keeps nothing: each start is the same shop. The flows that `testmesh init` makes test it.
    """
    import importlib.util
    import os
    import sys

    from testmesh_cli.errors import NotRunnableError
    from testmesh_cli.local.demo_folder import DemoNotFoundError, demo_folder

    absent = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if absent:
        raise NotRunnableError(
            f"the demo shop needs {' and '.join(absent)}, not installed here; pip install 'testmesh[demo]' brings it"
        )
    try:
        folder = demo_folder()
    except DemoNotFoundError as error:
        raise NotRunnableError(str(error)) from error
    if not _is_free(port):
        raise NotRunnableError(
            f"127.0.0.1:{port} is taken, perhaps by a demo shop that runs already (`testmesh server --demo` starts "
            "one, too); --port 0 finds a free port, to be given to flows by --var base_url=…"
        )
    click.echo("The demo shop; GET / lists what it answers, Ctrl-C stops it.", err=True)
    os.chdir(folder)
    # The shop takes this process's place: what ends the command ends the shop.
    os.execv(sys.executable, [sys.executable, "-m", "shop", "--port", str(port)])  # noqa: S606 - our own program


def _is_free(port: int) -> bool:
    import socket

    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
