"""`kaskad keys`, as people run it."""

from __future__ import annotations

from tests.support.commands import Shop


def test_a_key_is_made_listed_and_revoked(published: Shop) -> None:
    assert "no key was made" in published.run("keys").out
    made = published.run("keys", "new", "--source", "site", "--scope", "ingest", "--name", "pages", "--by", "anna")
    assert made.code == 0
    key = made.out.strip()
    assert key.startswith("kk_") and len(key) > 40
    assert "shown only now" in made.err
    reader = published.run("keys", "new", "--scope", "read", "--scope", "trigger", "--json").document
    listed = published.run("keys", "--json").document["keys"]
    assert [(row["scopes"], row["source"]) for row in listed] == [(["read", "trigger"], None), (["ingest"], "site")]
    assert (listed[1]["name"], listed[1]["made_by"], listed[1]["revoked_at"]) == ("pages", "anna", None)
    said = published.run("keys").out
    assert "pages" in said and key not in said and reader["key"] not in said
    assert published.run("keys", "revoke", str(reader["id"])).out == f"key {reader['id']} is revoked\n"
    assert published.run("keys", "revoke", str(reader["id"])).out == f"key {reader['id']} was revoked before\n"


def test_a_variable_with_a_name_of_the_engine_is_one_sentence(published: Shop) -> None:
    ended = published.child("keys", KASKAD_WRITE_KEYS="site:a,kaskad:b")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        "kaskad: KASKAD_WRITE_KEYS: 'kaskad' is a name under which Kaskad itself tells events: choose another one\n"
    )


def test_what_makes_no_sense_is_one_sentence(published: Shop) -> None:
    for arguments, said in (
        (("new", "--scope", "ingest"), "give --source"),
        (("new", "--scope", "read", "--source", "site"), "leave --source out"),
        (("new", "--scope", "ingest", "--source", "shop"), "unknown source 'shop'"),
        (("new", "--scope", "ingest", "--source", "preferences"), "'preferences' is a name under which Kaskad itself"),
        (("new", "--scope", "write"), "'write'"),
        (("new", "--scope", "ingest", "--scope", "admin", "--source", "app"), "make another one for admin"),
        (("revoke", "77"), "no key 77"),
        (("--json", "revoke", "1"), "write --json after 'revoke'"),
    ):
        ended = published.run("keys", *arguments)
        assert ended.code == 2, ended
        assert said in ended.err
