"""A shop in which one thing of each kind is broken, beside journeys with which nothing is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

# The segment's comparison of times is replaced in the database by one that raises: no file can say such a thing.
BAD_SEGMENT = 'old_friends: [{customer.registered_at: {before: "2020-01-01T00:00+03:00"}}]\n'
RAISES = """CREATE OR REPLACE FUNCTION as_time(value text) RETURNS timestamptz LANGUAGE plpgsql STABLE PARALLEL SAFE AS
$$ BEGIN RAISE EXCEPTION 'this comparison is broken'; END $$"""
EVENTS = "ticket_raffled: {properties: {tickets: number}}\ncode_requested: {properties: {}}\n"
JOURNEYS = {
    "old_friends": "enter: {segment: old_friends, again_after: always}\nsteps: [{send: plain_letter}]\n",
    "crashing": "enter: {when: ticket_raffled, again_after: always}\nsteps: [{send: crashing_letter}]\n",
    "odd_answers": "enter: {when: code_requested, again_after: always}\nsteps: [{send: plain_sms}]\n",
}
HEAD = "title: {name}\nowner: crm@shop.example\npurpose: transactional\n"
MAIL = (
    "<mjml><mj-head><mj-title>{subject}</mj-title></mj-head><mj-body><mj-section><mj-column>"
    "<mj-text>{text}</mj-text></mj-column></mj-section></mj-body></mjml>\n"
)


def poison(folder: Path) -> None:
    """Adds the broken things to the project in the folder."""
    for name, body in JOURNEYS.items():
        (folder / "configs" / "journeys" / f"{name}.yaml").write_text(HEAD.format(name=name) + body)
    _append(folder / "configs" / "segments.yaml", BAD_SEGMENT)
    _append(folder / "configs" / "events.yaml", EVENTS)
    _append(
        folder / "configs" / "providers.yaml",
        'unbuildable: {adapter: http, url: "${NO_SUCH_GATEWAY}/push", secret: KASKAD_SANDBOX_SECRET}\n'
        'odd: {adapter: http, url: "${ODD_GATEWAY}/sms", secret: KASKAD_SANDBOX_SECRET}\n',
    )
    channels = folder / "configs" / "channels.yaml"
    text = channels.read_text()
    for old, new in (("[sandbox_push]", "[unbuildable, sandbox_push]"), ("[sandbox_sms]", "[odd]")):
        assert old in text
        text = text.replace(old, new)
    channels.write_text(text)
    letter(folder, "plain_letter", "A letter")
    letter(folder, "crashing_letter", "{{ 10 // (event.tickets | int) }} tickets")
    sms = folder / "templates" / "plain_sms"
    sms.mkdir()
    (sms / "sms.yaml").write_text("text: Your code is 1234\n")


def letter(folder: Path, name: str, text: str) -> None:
    """A message with one e-mail."""
    to = folder / "templates" / name
    to.mkdir()
    (to / "email.mjml").write_text(MAIL.format(subject=name, text=text))


def _append(file: Path, text: str) -> None:
    file.write_text(file.read_text() + text)


class _Odd(BaseHTTPRequestHandler):
    """Takes every message, and answers with what no database can hold."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        answer = b'{"id": "a\\u0000b", "detail": "' + b"x" * 200_000 + b'"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        return None


@contextmanager
def odd_gateway() -> Iterator[str]:
    """The address of a provider whose every answer is poison."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Odd)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
