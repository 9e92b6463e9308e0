"""Prefect comes late: events are taken meanwhile, and that nothing is sent yet is said wherever one looks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.e2e.hurried_shop import person, purchase
from tests.e2e.standing import stand, until


class Stranger(BaseHTTPRequestHandler):
    """Says yes to everything, as a Prefect without a password would."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"true")

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def stranger(port: int) -> Iterator[None]:
    with ThreadingHTTPServer(("127.0.0.1", port), Stranger) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()


def test_events_are_taken_while_prefects_port_is_a_strangers(tmp_path: Path) -> None:
    with stand(tmp_path) as stack:
        port = stack.settings.prefect_port
        with stranger(port):
            stack.begin()
            until(stack.answers, 120, stack.said.read_text)
            stack.post(*person("boris", "push"), purchase("boris"))
            stack.says(f"port {port} is taken: end what listens there, or set KASKAD_PREFECT_PORT")
            assert (stack.health()["status"], stack.health()["why"][0]["code"]) == ("degraded", "prefect")
            stack.says("still waiting; journeys do not run yet, events are taken")
            assert "Running." not in stack.said.read_text()
        stack.says("Running.", 120)
        stack.behave(default={"deliver": 0})
        stack.waits_for("boris", within=60)
        password = stack.settings.prefect_password
        assert str(password) in stack.said.read_text()
        logs = [*(stack.home / "logs").iterdir(), stack.home / "prefect" / "server.log", stack.said]
        assert not [log for log in logs if password.read_text() in log.read_text()]
