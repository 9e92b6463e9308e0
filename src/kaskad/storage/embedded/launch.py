"""Becomes postgres: run as a script by path, with no site packages, in a process of its own.

Arguments: the uid and the gid to run as, the pid of the parent to die with, then the command.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def set_parent_death_signal(parent: int) -> None:
    """Asks Linux to end this process like Ctrl-C (a fast shutdown) when its parent dies, however it dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != parent:  # it died before the request
        sys.exit(f"the parent {parent} is gone")


def switch_user_and_exec(uid: int, gid: int) -> None:
    if uid != os.geteuid():
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


if __name__ == "__main__":
    uid, gid, parent = map(int, sys.argv[1:4])
    os.umask(0o077)
    switch_user_and_exec(uid, gid)
    set_parent_death_signal(parent)  # after the change of account, which would reset the request
    os.execv(sys.argv[4], sys.argv[4:])  # noqa: S606 - no shell is the point
