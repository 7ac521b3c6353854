"""Becomes another program that the kernel kills when the process that started it dies.

Run as a script by its path, with the standard library alone: tether.py PARENT_PID PROGRAM [ARGUMENT…].
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    parent, *command = arguments
    if sys.platform == "linux":
        if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
        if os.getppid() != int(parent):
            # It died between its fork and our request: nobody would ever end us.
            raise SystemExit("the parent is gone")
    os.execvp(command[0], command)  # noqa: S606 - the supervisor's own command line, no shell


if __name__ == "__main__":
    main(sys.argv[1:])
