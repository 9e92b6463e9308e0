"""The server's settings: PostgreSQL's own, given on its command line."""

from __future__ import annotations

import os
from collections.abc import Mapping

HOST = "127.0.0.1"
MIB = 1024 * 1024


def build_arguments(port: int, settings: Mapping[str, str]) -> list[str]:
    """`-c name=value` for each setting; `settings` override ours, but never the listen addresses."""
    ours = {
        "max_connections": "100",
        "shared_buffers": f"{_shared_buffers()}MB",
        "fsync": "on",
        "synchronous_commit": "on",
        # One forgotten transaction keeps dead rows alive and slows every claim.
        "idle_in_transaction_session_timeout": "60s",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
    fixed = {"listen_addresses": HOST, "port": str(port), "unix_socket_directories": ""}
    chosen = ours | dict(settings) | fixed
    return [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]


def _shared_buffers() -> int:
    """256 MiB, or an eighth of the memory on a small machine; at least 16 MiB."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MIB
    return max(16, min(256, memory // 8))
