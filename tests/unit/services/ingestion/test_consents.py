"""What a withdrawal takes back, and what a grant grants, in whatever words it comes."""

from __future__ import annotations

from typing import Any

import pytest

from kaskad.services.ingestion.consenting.consents import (
    CHANNELS,
    CONSENT_GIVEN,
    CONSENT_WITHDRAWN,
    PURPOSES,
    ConsentScope,
    parse_consent,
)

TOPICS = ("carts", "back_in_stock", "promotions")
Covered = tuple[str, str | None, str | None]
EVERY_CHANNEL = ("marketing", None, None)
EMAIL = ("marketing", "email", None)
STOCK = ("marketing", None, "back_in_stock")

UNDERSTOOD: list[tuple[dict[str, Any], list[Covered]]] = [
    *(
        ({"channel": word}, [EMAIL])
        for word in ("email", "e-mail", "E-Mail", " EMAIL ", "e_mail", "e mail", "mail", "Mail")
    ),
    *(
        ({"channel": word}, [EMAIL])
        for word in ("e\u2011mail", "\uff25mail", "\u200bemail", ["email"], ["Email", "mail"])
    ),
    *(
        ({"channel": word}, [("marketing", "webpush", None)])
        for word in ("web push", "Web-Push", "WEB_PUSH", "webPush")
    ),
    *(({"channel": word}, [EVERY_CHANNEL]) for word in ("all", "ALL", " All ", "*", "any", ["all"])),
    ({}, [EVERY_CHANNEL]),
    ({"channel": "In-App"}, [("marketing", "inapp", None)]),
    ({"channel": ["sms", "e-mail"]}, [EMAIL, ("marketing", "sms", None)]),
    ({"channels": ["sms", "email"]}, [EMAIL, ("marketing", "sms", None)]),
    ({"channel": None, "channels": "sms"}, [("marketing", "sms", None)]),
    *(({"purpose": word}, [EVERY_CHANNEL]) for word in ("Marketing", " marketing ", ["MARKETING"])),
    ({"purpose": ["ads", "Profiling"]}, [("ads", None, None), ("profiling", None, None)]),
    *(({"topic": word}, [STOCK]) for word in ("back_in_stock", "Back in stock", "back-in-stock", "BackInStock")),
    ({"topic": "all", "channel": "email"}, [EMAIL]),
]
EMPTY: list[dict[str, Any]] = [
    {word: nothing} for word in ("channel", "topic", "purpose", "sender", "channels") for nothing in ("", "  ", None)
]
NOT_UNDERSTOOD: list[tuple[dict[str, Any], list[Covered]]] = [
    *(
        ({"channel": word}, [EVERY_CHANNEL])
        for word in ("fax", "email, sms", "e-mails!", 5, True, False, {"email": True}, [])
    ),
    *(
        ({"channel": word}, [EVERY_CHANNEL])
        for word in (["email", "fax"], ["email", ""], ["email", None], [["email"]], "-", ["all", "fax"], ["fax", "*"])
    ),
    *(({"channel": word}, [EVERY_CHANNEL]) for word in (["sms", "!email"], "-email", ["sms", "\u2212 email"], "~sms")),
    ({"topic": "newsletter", "channel": "sms"}, [("marketing", "sms", None)]),
    ({"topic": ["carts", "newsletter"]}, [EVERY_CHANNEL]),
    ({"topic": {"a": 1}}, [EVERY_CHANNEL]),
    *(
        ({"purpose": word}, [(purpose, None, None) for purpose in PURPOSES])
        for word in ("newsletters", 7, {}, [], ["ads", "x"])
    ),
]


@pytest.mark.parametrize(("said", "covered"), UNDERSTOOD)
def test_words_that_mean_one_thing_are_one_word(said: dict[str, Any], covered: list[Covered]) -> None:
    for name in (CONSENT_GIVEN, CONSENT_WITHDRAWN):
        assert parse_consent(name, said, TOPICS) == ConsentScope(covered)


@pytest.mark.parametrize("said", EMPTY, ids=repr)
def test_an_empty_answer_grants_nothing_and_takes_back_the_widest(said: dict[str, Any]) -> None:
    assert parse_consent(CONSENT_WITHDRAWN, said, TOPICS) == ConsentScope([EVERY_CHANNEL])
    found = parse_consent(CONSENT_GIVEN, said, TOPICS)
    assert (found.covered, len(found.unclear)) == ((), 1)


@pytest.mark.parametrize(("said", "covered"), NOT_UNDERSTOOD)
def test_a_withdrawal_that_is_not_understood_takes_back_the_widest(
    said: dict[str, Any], covered: list[Covered]
) -> None:
    found = parse_consent(CONSENT_WITHDRAWN, said, TOPICS)
    assert sorted(found.covered, key=str) == sorted(covered, key=str)
    assert found.unclear


@pytest.mark.parametrize(("said", "covered"), NOT_UNDERSTOOD)
def test_a_grant_that_is_not_understood_grants_nothing(said: dict[str, Any], covered: list[Covered]) -> None:
    found = parse_consent(CONSENT_GIVEN, said, TOPICS)
    assert found.covered == ()
    assert found.unclear


def test_every_purpose_can_be_taken_back_at_once_but_never_granted() -> None:
    for word in ("all", "*", "Any", ["all"]):
        taken_back = parse_consent(CONSENT_WITHDRAWN, {"purpose": word, "channel": "sms"}, TOPICS)
        assert taken_back == ConsentScope([(purpose, "sms", None) for purpose in PURPOSES])
        assert parse_consent(CONSENT_GIVEN, {"purpose": word, "channel": "sms"}, TOPICS).covered == ()


def test_channels_keep_their_meaning_though_nothing_is_sent_through_them() -> None:
    for channel in CHANNELS:
        assert parse_consent(CONSENT_WITHDRAWN, {"channel": channel.upper()}, ()).covered == [
            ("marketing", channel, None)
        ]


def test_under_two_spellings_all_is_taken_back_and_nothing_granted() -> None:
    for said in ({"channel": "sms", "channels": ["email"]}, {"channel": ["email"], "channels": "sms"}):
        assert parse_consent(CONSENT_WITHDRAWN, said, TOPICS) == ConsentScope([EMAIL, ("marketing", "sms", None)])
        assert parse_consent(CONSENT_GIVEN, said, TOPICS).covered == ()


def test_whoever_wants_no_calls_gets_none_of_marketing() -> None:
    by_call = ("marketing", "call", None)
    for said in ({"purpose": "calls"}, {"purpose": "Calls", "channel": "sms"}, {"purposes": ["calls", "ads"]}):
        assert by_call in parse_consent(CONSENT_WITHDRAWN, said, TOPICS).covered
        assert by_call not in parse_consent(CONSENT_GIVEN, said, TOPICS).covered


@pytest.mark.parametrize(
    "answer",
    [
        {"granted": False},
        {"given": 0},
        {"status": "Denied"},
        {"consent": "UNSUBSCRIBED"},
        {"value": "no"},
        {"opt_in": "false"},
        {"subscribed": "opted-out"},
    ],
)
def test_a_grant_in_which_something_says_no_grants_nothing(answer: dict[str, Any]) -> None:
    found = parse_consent(CONSENT_GIVEN, {"purpose": "marketing", "channel": "email"} | answer, TOPICS)
    assert found.covered == ()
    assert found.unclear
    assert parse_consent(CONSENT_WITHDRAWN, {"channel": "email"} | answer, TOPICS) == ConsentScope([EMAIL])


def test_a_grant_that_says_yes_in_so_many_words_is_one() -> None:
    for answer in ({"granted": True}, {"status": "granted"}, {"value": 1}, {"consent": "yes"}, {"text_version": "0"}):
        assert parse_consent(CONSENT_GIVEN, {"channel": "email"} | answer, TOPICS) == ConsentScope([EMAIL])
