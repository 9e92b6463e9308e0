"""PostgreSQL that starts by itself, from the binaries of a wheel: no root, no container, no installation.

`start` starts a server on a folder, `running` finds the one that runs there already, `attach_or_start` does
whichever is needed; `made` says whether one was ever created there. The server is a child process: it ends with
the process that started it.
"""

from __future__ import annotations

from kaskad.storage.embedded.attach import attach_or_start
from kaskad.storage.embedded.server import EmbeddedPostgres, delete_database, find_running, made, start

__all__ = ["EmbeddedPostgres", "attach_or_start", "delete_database", "find_running", "made", "start"]
