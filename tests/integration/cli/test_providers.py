"""`kaskad providers`: who carries messages, and how each stands."""

from __future__ import annotations

import psycopg

from tests.support.commands import Shop

STANDING = [
    ("sandbox_push", "now() + interval '1 min'", "NULL", "down"),
    ("sandbox_sms", "now() - interval '1 min'", "now() + interval '1 min'", "tried"),
    ("sandbox_viber", "now() - interval '1 min'", "NULL", "up"),
]


def test_who_is_up_and_who_is_passed_over(published: Shop, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        for name, open_until, probe_until, _ in STANDING:
            connection.execute(
                "INSERT INTO carrier (name, next_free, failures, open_until, probe_until, failed_at, failure) "
                f"VALUES ('{name}', now(), 5, {open_until}, {probe_until}, now(), '503 out of order')"
            )
    listed = {provider["name"]: provider for provider in published.run("providers", "--json").document["providers"]}
    states = {name: state for name, _, _, state in STANDING}
    assert {name: provider["state"] for name, provider in listed.items()} == {**dict.fromkeys(listed, "up"), **states}
    assert (listed["sandbox_push"]["rate"], listed["sandbox_push"]["failure"]) == (500, "503 out of order")
    assert listed["sandbox_email"]["failed_at"] is None
    shown = published.run("providers").out
    assert "not used until" in shown
    assert "may be back: one worker tries it" in shown
    assert "503 out of order" in shown


def test_nothing_published_is_no_provider(shop: Shop, database_url: str) -> None:
    shop.monkeypatch.setenv("KASKAD_DATABASE_URL", database_url)
    assert shop.run("providers").out == "nothing is published yet: `kaskad publish` does it\n"
