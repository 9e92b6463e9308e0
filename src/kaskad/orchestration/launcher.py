"""Runs a command that ends when the process that started it ends, for any reason.

    python -I -S launcher.py PARENT_PID COMMAND [ARGUMENT …]

Linux ends the command even when its parent is killed by SIGKILL; other systems run the command without this.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <sys/prctl.h>; it survives execve


def main() -> None:
    """Replaces this process with the command, and never returns."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # the parent ended before the call above: no signal would ever come
        sys.exit(f"{command[0]} is not started: the process that asked for it has ended")
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()
