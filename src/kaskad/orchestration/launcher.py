"""Runs a command that ends with the process that started it, however that one ends.

    python -I -S launcher.py PARENT_PID COMMAND [ARGUMENT …]

Linux ends the command even when its parent is killed outright; elsewhere the command runs as it is.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <sys/prctl.h>; it survives execve


def main() -> None:
    """Does not return: this process becomes the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the request above was in force: no signal would ever come
        sys.exit(f"{command[0]} is not started: the process that asked for it has ended")
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()
