"""The commands for those who write messages, as people run them."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import pytest

from tests.support.commands import Shop, play

TROLLEY = ("we kept your cart, {{ cart.total | money }}", "🛒")


class Pages(BaseHTTPRequestHandler):
    """/cart is there, /shy answers GET alone, /loop leads to itself, nothing else is there."""

    asked: list[str] = []

    def do_HEAD(self) -> None:
        self.asked.append(f"{self.command} {self.path}")
        path = self.path.partition("?")[0]
        if path == "/loop":
            self.send_response(302)
            self.send_header("Location", "/loop")
        elif path == "/shy" and self.command == "HEAD":
            self.send_response(405)
        else:
            self.send_response(200 if path in ("/cart", "/shy", "/") else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.do_HEAD()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    """The address of a shop with few pages."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        Pages.asked.clear()
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_what_ships_has_nothing_against_it(shop: Shop) -> None:
    said = shop.run("check-content")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[-1].endswith("messages, no errors, no warnings, no hints"), said.out


def test_findings_are_told_at_their_place_and_errors_are_exit_1(shop: Shop) -> None:
    shop.edit("templates/cart_reminder/sms.yaml", *TROLLEY)
    said = shop.run("check-content", "cart-reminder")
    assert said.code == 0
    line, last = said.out.splitlines()
    assert line.startswith(
        "warning: templates/cart_reminder/sms.yaml:1:25: '🛒' (shopping trolley) makes the whole text"
    )
    assert last == "1 message, no errors, 1 warning, no hints"
    assert shop.run("check-content", "cart_reminder", "--strict").code == 1
    shop.edit("templates/cart_reminder/viber.yaml", "text: >-\n", "text: >-\n  {{ customer.first_name }}, ")
    document = shop.run("check-content", "--json").document
    assert [(finding["check"], finding["severity"]) for finding in document["findings"]] == [
        ("sms_unicode", "warning"),
        ("cannot_be_rendered", "error"),
    ]
    assert all(finding["why"] and finding["fix"] and finding["line"] for finding in document["findings"])
    assert shop.run("check-content").code == 1


def test_a_message_that_is_not_there_is_one_sentence(shop: Shop) -> None:
    said = shop.run("check-content", "cart_remindr")
    assert (said.code, said.out) == (2, "")
    assert said.err == "kaskad: there is no message 'cart_remindr': did you mean 'cart_reminder'?\n"
    assert shop.run("preview", "cart_remindr").err == said.err


def test_every_message_that_is_named_is_told_of_at_once(shop: Shop) -> None:
    broken = {"mj_a": "text: {{ nobody }}\n", "mj_b": "text: {% if %}\n", "mj_c": "txt: a\n", "mj_fine": "text: a\n"}
    for name, text in broken.items():
        (shop.folder / "templates" / name).mkdir()
        (shop.folder / "templates" / name / "sms.yaml").write_text(text, "utf-8")
    said = shop.run("check-content", *broken)
    assert said.code == 1
    assert _told_of(said.out) == ["mj_a", "mj_b", "mj_c"]
    # what a journey uses is told of with them, once
    shop.edit("templates/cart_reminder/sms.yaml", "text:", "txt:")
    assert _told_of(shop.run("check-content", "mj_c", "mj_a", "cart_reminder").out) == ["cart_reminder", "mj_a", "mj_c"]
    assert _told_of(shop.run("validate").out) == ["cart_reminder"]


def _told_of(said: str) -> list[str]:
    """The messages that errors stand in, in order."""
    return list(dict.fromkeys(re.findall(r"templates/(\w+)/sms\.yaml:\d+:\d+: ", said)))


def test_dead_links_are_found_by_asking_once(shop: Shop, site: str) -> None:
    shop.edit("configs/shop.yaml", "https://shop.example", site)
    for name in ("push.yaml", "push.ru.yaml"):
        shop.edit(f"templates/cart_reminder/{name}", "cart.url", "(shop.url ~ '/gone')")
    shop.edit("templates/cart_reminder/webpush.yaml", "cart.url", "(shop.url ~ '/shy')")
    shop.edit("templates/cart_reminder/webpush.ru.yaml", "cart.url", "(shop.url ~ '/loop')")
    document = shop.run("check-content", "cart_reminder", "--links", "--json").document
    dead = {finding["path"]: finding["text"] for finding in document["findings"] if finding["check"] == "dead_link"}
    utm = "utm_source=kaskad&utm_campaign=abandoned_cart"
    assert dead == {
        "templates/cart_reminder/push.yaml": f"{site}/gone?{utm} answers 404",
        "templates/cart_reminder/push.ru.yaml": f"{site}/gone?{utm} answers 404",
        "templates/cart_reminder/webpush.ru.yaml": f"{site}/loop?{utm} redirects more than 20 times",
    }
    assert len([request for request in Pages.asked if request.startswith("HEAD /gone")]) == 1
    assert not [request for request in Pages.asked if "/products/" in request], (
        "what example data name is asked by nobody"
    )
    Pages.asked.clear()
    assert shop.run("check-content", "cart_reminder").code == 0
    assert Pages.asked == []


def test_validate_warns_of_what_messages_say(shop: Shop) -> None:
    shop.edit("templates/cart_reminder/sms.yaml", *TROLLEY)
    said = shop.run("validate")
    assert said.code == 0 and "no errors" in said.out
    assert "sms_unicode" in said.err
    (warning,) = shop.run("validate", "--json").document["warnings"]
    assert warning["path"] == "templates/cart_reminder/sms.yaml"


VIBER = "templates/cart_reminder/viber.yaml"
UNSAYABLE = {
    "a name that little is known of": (VIBER, "text: >-\n", "text: >-\n  {{ customer.first_name }}, "),
    "a product's picture that is not there": (VIBER, "text: >-\n", "text: >-\n  {{ cart.items[0].image }} "),
    "more than Viber takes": (VIBER, "text: >-\n", f"text: >-\n  {'more ' * 300}"),
}


@pytest.mark.parametrize("edit", UNSAYABLE.values(), ids=UNSAYABLE)
def test_validate_exits_with_1_where_it_printed_an_error(shop: Shop, edit: tuple[str, str, str]) -> None:
    shop.edit(*edit)
    shop.edit("templates/cart_reminder/sms.yaml", *TROLLEY)
    said = shop.run("validate")
    assert said.code == 1 and "no errors" not in said.out + said.err
    assert said.out.startswith("templates/cart_reminder/viber.yaml:") and said.err.endswith("1 error\n")
    assert "warning: templates/cart_reminder/sms.yaml" in said.err
    result = shop.run("validate", "--json")
    assert result.code == 1
    assert [problem["path"] for problem in result.document["errors"]] == ["templates/cart_reminder/viber.yaml"]
    assert [problem["path"] for problem in result.document["warnings"]] == ["templates/cart_reminder/sms.yaml"]


def test_a_preview_needs_no_database(shop: Shop, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    said = shop.run("preview", "cart_reminder", "--locale", "ru", "--out", str(out), "--json")
    assert (said.code, said.document["page"]) == (0, str(out))
    assert set(said.document["channels"]) == {"email", "push", "webpush", "viber", "sms"}
    html = out.read_text()
    assert "Анна" in html and "Чайник" in html and "1 segment " in html
    assert "<script src" not in html and "<link" not in html and 'src="http' not in html
    english = shop.run("preview", "cart_reminder", "--customer", "little_known", "--locale", "en", "--out", str(out))
    assert english.code == 0 and "Your cart" in out.read_text() and "Anna" not in out.read_text()


def test_a_preview_escapes_what_customers_typed(shop: Shop, tmp_path: Path) -> None:
    shop.edit("templates/cart_reminder/push.yaml", 'title: "', 'title: "<script>alert(1)</script> ')
    out = tmp_path / "page.html"
    assert shop.run("preview", "cart_reminder", "--locale", "en", "--out", str(out)).code == 0
    assert "<script>alert" not in out.read_text() and "&lt;script&gt;alert" in out.read_text()


def test_a_preview_tells_what_is_wrong_with_the_file_that_is_read(shop: Shop, tmp_path: Path) -> None:
    folder, out = shop.folder / "templates/cart_reminder", tmp_path / "page.html"
    (folder / "sms.ru.yaml").rename(folder / "sms.ru-RU.yaml")
    shop.edit("templates/cart_reminder/sms.ru-RU.yaml", 'text: "', 'text: "' + "очень " * 30)
    assert shop.run("preview", "cart_reminder", "--locale", "ru_RU", "--out", str(out)).code == 0
    html = out.read_text()
    assert "<code>templates/cart_reminder/sms.ru-RU.yaml</code>" in html
    assert "sms.ru-RU.yaml:1:1 · sms_segments" in html


def test_a_preview_of_a_real_customer(published: Shop, database_url: str, tmp_path: Path) -> None:
    play(published, database_url, tmp_path)
    out = tmp_path / "page.html"
    said = published.run("preview", "cart_reminder", "--customer", "anna", "--out", str(out), "--json")
    assert said.code == 0, said.err
    assert said.document["reader"] == "anna"
    assert "Pepperoni" in out.read_text() and said.err == ""
    strange = "UPDATE cart SET items = jsonb_set(items, '{0,url}', '\"javascript:alert(1)\"')"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(strange)
    result = published.run("preview", "cart_reminder", "--customer", "anna", "--out", str(out))
    assert "kaskad: email: 'javascript:alert(1)' is no address of the web: the link leads to the shop" in result.err
    assert "&#39;javascript:alert(1)&#39; is no address of the web" in out.read_text()
    nobody = published.run("preview", "cart_reminder", "--customer", "nemo")
    assert (nobody.code, nobody.err.partition(";")[0]) == (2, "kaskad: no customer is known as 'nemo'")


def test_a_test_that_nobody_carries_is_exit_1(published: Shop, nowhere: int) -> None:
    published.monkeypatch.setenv("KASKAD_SANDBOX_SMTP", f"smtp://127.0.0.1:{nowhere}")
    said = published.run("send-test", "cart_reminder", "--as", "usual", "--to", "me@shop.example", "--json")
    assert said.code == 1
    (tried,) = said.document["channels"]
    assert (tried["channel"], tried["outcome"], tried["address"]) == ("email", "not processed", "me@shop.example")
    assert tried["detail"]
    said = published.run("send-test", "cart_reminder", "--as", "usual", "--to", "nobody")
    assert said.code == 2 and "'nobody' is no e-mail address, no phone" in said.err


@pytest.mark.parametrize("command", ["check-content", "preview", "send-test", "watch"])
def test_help_has_an_example(shop: Shop, command: str) -> None:
    said = shop.run(command, "--help")
    assert said.code == 0 and "Example: kaskad " in said.out and "--project" in said.out
