"""Keeps a process with all modules of the command loaded, and forks each run of the command from it.

A run is a process of its own all the same, with the arguments, the folder, the environment and the streams of whoever
asks for it: only what hundreds of runs would load anew, half a second of a core each, is loaded once.
"""

import gc
import importlib
import io
import json
import os
import pkgutil
import select
import signal
import socket
import sys

MOST = 1 << 20
PACKAGES = ("testmesh_cli", "testmesh_engine")


def load():
    for name in PACKAGES:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()


def serve(place):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(place)
        listener.listen()
        sys.stdout.write("listening\n")
        sys.stdout.flush()
        while True:
            connection, _ = listener.accept()
            with connection:
                if os.fork() == 0:
                    listener.close()
                    look_after(connection)
                    return


def look_after(connection):
    """Fork the run, tell how it ends, and end it where nobody waits for it any more. Returns in the run itself."""
    order, streams, _, _ = socket.recv_fds(connection, MOST, 3)
    while not order.endswith(b"\n"):
        order += connection.recv(MOST)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        connection.close()
        become(json.loads(order), streams)
        return
    for stream in streams:
        os.close(stream)
    connection.sendall(b"%d\n" % pid)
    ended = os.pidfd_open(pid)
    if ended not in select.select([connection, ended], [], [])[0]:
        os.kill(pid, signal.SIGKILL)
    connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    os._exit(0)


def become(order, streams):
    """Take over what the run was given, as a process does that has just started."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["testmesh", *order["arguments"]]
    sys.stdin = io.TextIOWrapper(open(0, "rb", closefd=False))  # noqa: SIM115 - it lives as long as the process
    sys.stdout = written(1, errors="strict")
    sys.stderr = written(2, errors="backslashreplace")


def written(number, errors):
    raw = open(number, "wb", closefd=False)  # noqa: SIM115 - it lives as long as the process
    return io.TextIOWrapper(raw, encoding="utf-8", errors=errors, line_buffering=number == 2 or raw.isatty())


if __name__ == "__main__":
    load()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    serve(sys.argv[1])
    # Only a run comes here.
    sys.exit(importlib.import_module("testmesh_cli.main").main())
