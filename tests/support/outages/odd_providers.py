"""A Prefect server of which a test says how it answers, over real HTTP."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID, uuid5

SPACE = UUID("6f1c8a52-5d0e-5b8e-9d0a-1f2e3d4c5b6a")
Answer = tuple[int, str]  # status and body


@dataclass
class Prefect:
    """What it was asked, by `METHOD path`, and how it answers what is named in `odd`: by a part of that."""

    url: str = ""
    odd: dict[str, Answer] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)

    def answer(self, asked: str, body: Any) -> Answer:
        """Status and body: of one that has every deployment that it is asked for, and no run."""
        self.asked[asked] += 1
        for part, answer in self.odd.items():
            if part in asked:
                return answer
        if asked == "POST /deployments/filter":
            named = (body["deployments"]["name"] or {}).get("any_", [])
            return 200, json.dumps([deployment(name) for name in named])
        if re.search("create_flow_run$", asked):
            return 201, json.dumps({"id": str(SPACE), "name": "run", "flow_id": str(SPACE)})
        return (200, "[]") if asked.endswith("/filter") else (404, "{}")


def deployment(name: str) -> dict[str, Any]:
    return {"id": id_of(name), "name": name, "flow_id": str(SPACE), "parameters": {"journey": name}}


def id_of(name: str) -> str:
    """The deployment's id, as it stands in paths."""
    return str(uuid5(SPACE, name))


@contextmanager
def answering() -> Iterator[Prefect]:
    """One that answers for as long as the context lasts."""
    prefect = Prefect()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.removeprefix("/api")
            status, said = prefect.answer(f"{self.command} {path}", json.loads(body or b"null"))
            self.send_response(status)
            self.send_header("Content-Length", str(len(said.encode())))
            self.end_headers()
            self.wfile.write(said.encode())

        do_GET = do_PATCH = do_DELETE = do_POST  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    prefect.url = f"http://127.0.0.1:{server.server_address[1]}/api"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield prefect
    finally:
        server.shutdown()
        server.server_close()
