"""A no to agreeing, wanting or receiving; and a withdrawal whose keys are misspelt."""

from __future__ import annotations

from typing import Any

import pytest

from kaskad.domain.rejection import RejectionCode
from kaskad.services.ingestion.consenting import consents
from tests.unit.services.ingestion.segment_calls import judged, track


def told(traits: dict[str, Any]) -> Any:
    (event,) = judged({"type": "identify", "userId": "u", "traits": traits}).events
    return event.refusal and event.refusal.words


@pytest.mark.parametrize(
    ("trait", "value", "words"),
    [
        ("agree_marketing", False, ({},)),
        ("agreeMarketing", "Нет", ({},)),
        ("marketing_agreement", False, ({},)),
        ("shouldReceivePromoActionsInfo", False, ({},)),
        ("receive_promo", "0", ({},)),
        ("wants_offers", False, ({},)),
        ("sms_allowed", False, ({"channel": ["sms"]},)),
        ("is_email_allowed", "no", ({"channel": ["email"]},)),
        ("email_ok", False, ({"channel": ["email"]},)),
        ("mailing_agree", "0", ({},)),
        ("ads_agree", False, ({"purpose": ["marketing", "ads"]},)),
    ],
    ids=repr,
)
def test_who_does_not_agree_says_no(trait: str, value: Any, words: Any) -> None:
    assert told({trait: value}) == words
    assert told({trait: True}) is None


@pytest.mark.parametrize(
    "trait",
    [
        *("accepts_terms", "email_verified", "sms_verified", "has_email", "allowed_discount", "is_allowed_to_login"),
        *("promo_used", "license_agreement", "is_phone_valid", "personal_data_agreement", "info", "got_bonus"),
    ],
)
def test_what_is_no_message_is_not_refused(trait: str) -> None:
    assert told({trait: False}) is None


@pytest.mark.parametrize("value", ["declined", False, "отказ", "given", True])
def test_an_event_that_only_names_consent_is_an_answer(value: Any) -> None:
    (event,) = judged(track("Marketing Consent", value=value)).events
    assert bool(event.refusal) == (value not in ("given", True))


@pytest.mark.parametrize(
    ("said", "purposes", "channel"),
    [
        ({"chanel": "sms"}, ("marketing",), None),
        ({"purpose": "ads", "channnels": ["sms"]}, ("ads",), None),
        ({"porpose": "ads", "channel": "sms"}, ("marketing", "ads", "profiling", "calls"), "sms"),
    ],
    ids=repr,
)
def test_a_misspelt_key_withdraws_the_widest_and_is_told(
    said: Any, purposes: tuple[str, ...], channel: str | None
) -> None:
    found = judged(track("Consent Withdrawn", **said))
    (remark,) = found.remarks
    key = next(key for key in said if key not in ("purpose", "channel"))
    assert remark.code == RejectionCode.WITHDRAWAL_WIDENED and f"{key} " in remark.detail
    (event,) = found.events
    covered = consents.parse_consent(event.name, event.properties, ()).covered
    assert {of for of, _, _ in covered} == set(purposes) and {via for _, via, _ in covered} <= {channel, "call"}


@pytest.mark.parametrize(
    "said", [{"reason": "too_many"}, {"channel": "sms", "chanel": "x"}, {"comment": "x"}], ids=repr
)
def test_other_keys_of_a_withdrawal_are_none_of_it(said: Any) -> None:
    assert judged(track("Consent Withdrawn", **said)).remarks == []
