"""`python -m shop --port 8090`: serve the shop on loopback until Ctrl-C or SIGTERM."""

import argparse
import contextlib
import socket
import sys

import uvicorn

from shop.app import create_app


class Announced(uvicorn.Server):
    """A server that says where it is as soon as it answers, and Ctrl-C stops it: not before."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or []:
            print(f"shop: http://127.0.0.1:{listener.getsockname()[1]}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m shop", description=__doc__)
    parser.add_argument("--port", type=int, default=8090, help="0 takes a free one (default: 8090)")
    port = parser.parse_args().port
    try:
        listener = socket.create_server(("127.0.0.1", port))
    except OSError as error:
        parser.exit(1, f"shop: cannot listen on 127.0.0.1:{port}: {error.strerror}; choose another --port\n")
    config = uvicorn.Config(create_app(), log_level="warning", access_log=False, timeout_graceful_shutdown=2)
    with listener, contextlib.suppress(KeyboardInterrupt):
        Announced(config).run(sockets=[listener])
    if sys.stderr.isatty():
        print(file=sys.stderr)  # the terminal has written ^C, and nothing behind it


if __name__ == "__main__":
    main()
