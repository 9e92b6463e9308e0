"""PostgreSQL that starts by itself, from the binaries of a wheel: no root, no container, no installing.

`start` runs one on a folder, `running` finds the one that runs there already, `attached_or_started` does
whichever is needed; `made` tells whether one was ever made there. The server is a child that dies with the process
that started it.
"""

from __future__ import annotations

from kaskad.storage.embedded.attach import attached_or_started
from kaskad.storage.embedded.server import EmbeddedPostgres, discard, made, running, start

__all__ = ["EmbeddedPostgres", "attached_or_started", "discard", "made", "running", "start"]
