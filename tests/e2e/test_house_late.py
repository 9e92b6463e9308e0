"""Prefect comes late: events are taken meanwhile, and that nothing is sent yet is said wherever one looks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from hurried_shop import person, purchase
from standing import stand, until


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
    with stand(tmp_path) as house:
        port = house.settings.prefect_port
        with stranger(port):
            house.begin()
            until(house.answers, 120, house.said.read_text)
            house.post(*person("boris", "push"), purchase("boris"))
            house.says(f"port {port} is taken: end what listens there, or set KASKAD_PREFECT_PORT")
            assert (house.health()["status"], house.health()["why"][0]["code"]) == ("degraded", "prefect")
            house.says("still waiting; journeys do not run yet, events are taken")
            assert "Stands" not in house.said.read_text()
        house.says("Stands.", 120)
        house.behave(default={"deliver": 0})
        house.waits_for("boris", within=60)
        password = house.settings.prefect_password
        assert str(password) in house.said.read_text()
        logs = [*(house.home / "logs").iterdir(), house.home / "prefect" / "server.log", house.said]
        assert not [log for log in logs if password.read_text() in log.read_text()]
