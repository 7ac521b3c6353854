"""Stands for the command: has the server fork it, passes signals on, ends as it ends."""

import json
import os
import signal
import socket
import sys

place, *arguments = sys.argv[1:]
folder = os.getcwd()  # noqa: PTH109 - pathlib takes longer to load than all the rest
order = {"arguments": arguments, "folder": folder, "environment": dict(os.environ)}
with socket.socket(socket.AF_UNIX) as server:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    server.connect(place)
    data = json.dumps(order).encode() + b"\n"
    sent = socket.send_fds(server, [data], [0, 1, 2])
    server.sendall(data[sent:])
    with server.makefile() as told:
        pid = int(told.readline())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, _: os.kill(pid, number))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
        code = int(told.readline())
if code < 0:
    signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
os._exit(code)
