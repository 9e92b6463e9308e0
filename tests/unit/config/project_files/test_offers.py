"""Promos, lists of senders, policy: the forms that may be written, and what is said of the others."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from kaskad.config import read_promo_codes
from kaskad.domain.channel import Channel
from kaskad.domain.duration import Duration
from kaskad.domain.errors import InvalidFiles
from kaskad.domain.journeys.cascade import CascadeOrder
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.journeys.never_about import NeverAbout
from kaskad.domain.journeys.policy import ApprovalPolicy
from tests.unit.config.written_project import Written

DAY = 86_400
CART10 = "cart10: {codes: codes/cart10.csv, valid_for: 7d, where: [site, store], warn_below: 500, when_empty: send}\n"
FRANCHISES = "franchises: {list: senders/franchises.csv, key: id}\n"
SHOP = 'shop: {email: "Shop <hello@shop.example>", sms: SHOP}\n'


@pytest.fixture
def project(tmp_path: Path) -> Written:
    written = Written(tmp_path)
    written.write("codes/cart10.csv", "code\nA-1\nA-2\n")
    written.write("senders/franchises.csv", 'id,email,sms\n17,"Lenina <l@pizza.example>",PIZZA\n18,,PIZZA2\n')
    return written


def test_a_promo(project: Written) -> None:
    project.write("promos.yaml", CART10)
    promo = project.load().promos["cart10"]
    assert promo.codes == "codes/cart10.csv"
    assert promo.valid_for == Duration(seconds=7 * DAY)
    assert (promo.where, promo.warn_below, promo.when_empty) == (("site", "store"), 500, "send")
    assert read_promo_codes(project.root, promo) == ["A-1", "A-2"]


def test_what_a_promo_does_not_say(project: Written) -> None:
    project.write("promos.yaml", "cart10: {codes: codes/cart10.csv, valid_for: 1 day}\n")
    promo = project.load().promos["cart10"]
    assert (promo.where, promo.warn_below, promo.when_empty) == ((), 0, "skip")


PROMOS = [
    ("{valid_for: 7d}", "1:9: 'codes' is missing: the file of its codes, like codes/cart10.csv"),
    ("{codes: codes/cart10.csv}", "1:9: 'valid_for' is missing: how long a code is good once somebody has it, like 7d"),
    ("{codes: codes/cart11.csv, valid_for: 7d}", "1:17: there is no file configs/codes/cart11.csv"),
    (
        "{codes: ../secrets.csv, valid_for: 7d}",
        "1:17: '../secrets.csv' is not a CSV file in configs/: write one like codes/cart10.csv",
    ),
    (
        "{codes: codes/cart10.csv, valid_for: 7d, when_emty: skip}",
        "1:50: unknown key 'when_emty', did you mean 'when_empty'?",
    ),
    ("{codes: codes/cart10.csv, valid_for: 7d, when_empty: wait}", "1:62: unknown value 'wait': use skip or send"),
]


@pytest.mark.parametrize(("entry", "trouble"), PROMOS)
def test_promos_that_cannot_be_read(project: Written, entry: str, trouble: str) -> None:
    project.write("promos.yaml", f"cart10: {entry}\n")
    assert project.said("promos.yaml") == [trouble]


CODES: list[tuple[str | bytes, list[str]]] = [
    ("", ["1:1: there is no line below the names of the columns"]),
    ("code\n", ["1:1: there is no line below the names of the columns"]),
    ("cod\nA-1\n", ["1:1: unknown column 'cod', did you mean 'code'?; the first line names the columns"]),
    ("code,code\nA-1,A-2\n", ["1:1: the first line names the columns: code, each once"]),
    ("code\nA-1\nA-2\nA-1\n", ["4:1: 'A-1' stands in line 2 already"]),
    ("code\nA-1,A-2\n", ["2:1: 1 values are needed in this line, not 2"]),
    (f"code\n{'A' * 201}\n", ["2:1: a value of this line is longer than 200 characters, or cannot be printed"]),
    ('code\n"A-1\n', ["1:1: not valid CSV: unexpected end of data"]),
    (b"code\n\xff\n", ["1:1: the file is not UTF-8 text: save it as UTF-8"]),
]


@pytest.mark.parametrize(("content", "troubles"), CODES)
def test_codes_that_cannot_be_read(project: Written, content: str | bytes, troubles: list[str]) -> None:
    project.write("promos.yaml", CART10)
    project.write("codes/cart10.csv", content)
    assert project.said("codes/cart10.csv") == troubles


def test_codes_that_changed_since_they_were_checked(project: Written) -> None:
    project.write("promos.yaml", CART10)
    promo = project.load().promos["cart10"]
    project.write("codes/cart10.csv", "code\nA-1\nA-1\n")
    with pytest.raises(InvalidFiles, match=r"configs/codes/cart10.csv:3:1: 'A-1' stands in line 2 already"):
        read_promo_codes(project.root, promo)


def test_a_list_of_senders(project: Written) -> None:
    project.write("senders.yaml", SHOP + FRANCHISES)
    loaded = project.load()
    assert loaded.sender_lists == {"franchises": ("17", "18")}
    assert list(loaded.senders) == ["shop", "17", "18"]
    assert loaded.senders["17"].addresses[Channel.EMAIL] == "Lenina <l@pizza.example>"
    assert loaded.senders["18"].addresses == {Channel.SMS: "PIZZA2"}


SENDERS = [
    (
        "franchises: {list: senders/franchises.csv}",
        "id,sms\n17,P\n",
        "senders.yaml:2:13: 'key' is missing: the column whose value events name a sender by, like id",
    ),
    (
        "b: {key: id}",
        "id,sms\n17,P\n",
        "senders.yaml:2:5: unknown key 'key': use list, push, email, webpush, viber, sms or call",
    ),
    (
        FRANCHISES,
        "id,smss\n17,P\n",
        "senders/franchises.csv:1:1: unknown column 'smss', did you mean 'sms'?; the first line names the columns",
    ),
    (FRANCHISES, "id,sms\n17,\n", "senders/franchises.csv:2:1: no channel of '17' has a value in this line"),
    (FRANCHISES, "id,sms\n,P\n", "senders/franchises.csv:2:1: 'id' is empty in this line"),
    (FRANCHISES, "id,sms\nshop,P\n", "senders/franchises.csv:2:1: 'shop' is a sender of configs/senders.yaml already"),
    (
        FRANCHISES,
        "id,email\n17,P <p@pizza.example>\n18,P <p@pizza>\n",
        "senders/franchises.csv:3:1: 'P <p@pizza>' is not a sender of e-mail: write one like Shop <hello@shop.example>",
    ),
    (FRANCHISES, "id,sms\n17,P\n17,Q\n", "senders/franchises.csv:3:1: '17' stands in line 2 already"),
]


def test_a_sender_of_e_mail_is_one_that_mail_can_come_from(project: Written) -> None:
    project.write("senders.yaml", SHOP + FRANCHISES)
    project.write("senders/franchises.csv", "id,email\n17,Pizza <P@Straße.example>\n18,p@PIZZA.example\n")
    loaded = project.load()
    said = [loaded.senders[name].addresses[Channel.EMAIL] for name in ("shop", "17", "18")]
    assert said == ["Shop <hello@shop.example>", "Pizza <P@xn--strae-oqa.example>", "p@pizza.example"]


@pytest.mark.parametrize(("entry", "rows", "trouble"), SENDERS)
def test_senders_that_cannot_be_read(project: Written, entry: str, rows: str, trouble: str) -> None:
    project.write("senders.yaml", f"{SHOP}{entry.strip()}\n")
    project.write("senders/franchises.csv", rows)
    assert [str(problem) for problem in project.problems()] == [f"configs/{trouble}"]


def test_a_journey_in_the_name_of_whom_the_event_says(project: Written) -> None:
    project.replace("topic: carts", "topic: carts\nsender: event.franchise_id")
    assert project.load().journeys["x"].sender == "event.franchise_id"


def test_the_policy(project: Written) -> None:
    project.write(
        "policy.yaml",
        "never_about: {same: 30d, similar: 14d, again: 1d, bought_again: [pizza]}\ncontrol_group: 3%\n"
        "approval: {needed_for: [first publish, purpose transactional, audience over 10000], by: another person}\n",
    )
    policy = project.load().policy
    month, fortnight, day = (Duration(seconds=days * DAY) for days in (30, 14, 1))
    assert policy.never_about == NeverAbout(same=month, similar=fortnight, again=day, bought_again=("pizza",))
    assert policy.control_group == Decimal("0.03")
    assert policy.approval == ApprovalPolicy(
        first_publish=True, purposes=(Purpose.TRANSACTIONAL,), audience_over=10_000, by="another person"
    )


def test_a_policy_that_says_nothing(project: Written) -> None:
    policy = project.load().policy
    assert (policy.never_about, policy.control_group, policy.approval) == (None, 0, None)


POLICIES = [
    ("control_group: 3", "1:16: '3' is not a part in percent below 100: write one like 5%"),
    ("never_about: 30d", "1:14: a mapping is needed here, not '30d': write {same: 30d, similar: 30d}"),
    ("never_about: {}", "1:14: 'same' is missing: for how long after a purchase, as in {same: 30d, similar: 30d}"),
    (
        "never_about: {same: 30d, bought_again: [pizza]}",
        "1:14: 'again' is missing: for how long nothing about what people buy again, like 1d",
    ),
    ("never_about: {same: 30d, again: 1d, bought_again: pizza}", "1:51: a list is needed here, not 'pizza'"),
    (
        "never_about: {bought_or_similar: 60d}\nkeep: {events: 30d}",
        "1:14: 'never_about' looks further back than events are kept: raise 'events' of 'keep'",
    ),
    (
        "never_about: {same: 1d, similar: 60d}\nkeep: {events: 30d}",
        "1:14: 'never_about' looks further back than events are kept: raise 'events' of 'keep'",
    ),
    ("approval: {needed_for: [first publish]}", "1:11: 'by' is missing: whose word it takes: another person"),
    (
        "approval: {needed_for: [], by: another person}",
        "1:24: at least one case is needed in the list, like first publish",
    ),
    (
        "approval: {needed_for: [purpose transactionl], by: another person}",
        "1:25: unknown case 'purpose transactionl', did you mean 'purpose transactional'?",
    ),
    ("approval: {needed_for: [first publish], by: me}", "1:45: unknown value 'me': use another person"),
]


@pytest.mark.parametrize(("content", "trouble"), POLICIES)
def test_policies_that_cannot_be_read(project: Written, content: str, trouble: str) -> None:
    project.write("policy.yaml", f"{content}\n")
    assert project.said("policy.yaml") == [trouble]


def test_the_preferred_order(project: Written) -> None:
    channel_steps = "[{channel: push, success: opened, fallback_after: 2h}, {channel: sms}]"
    project.write("cascades.yaml", f"default: {{order: preferred, channels: {channel_steps}}}\n")
    assert project.load().cascades["default"].order is CascadeOrder.PREFERRED


def test_where_the_last_may_come_first_it_says_how_long_it_waits(project: Written) -> None:
    channel_steps = "[{channel: push, fallback_after: 2h}, {channel: email, success: opened}]"
    project.write("cascades.yaml", f"default: {{order: preferred, channels: {channel_steps}}}\n")
    assert project.said("cascades.yaml") == ["1:77: 'fallback_after' is missing: with 'preferred' this may come first"]
