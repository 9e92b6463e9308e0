"""What a message.yaml names is checked against the project, and against the journeys that send the message."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaskad.domain.errors import InvalidFiles
from kaskad.domain.journeys.journey import Purpose
from kaskad.services.projects import loading
from tests.unit.config.written_project import Written

PROMO = "data:\n  code: {promo: cart10}\n"
ALSO = "data:\n  also: {recommend: bought_together}\n"


@pytest.fixture
def project(tmp_path: Path) -> Written:
    written = Written(tmp_path)
    written.write("codes/cart10.csv", "code\nA-1\n")
    written.write("promos.yaml", "cart10: {codes: codes/cart10.csv, valid_for: 7d}\n")
    for message in ("hello", "goodbye"):
        (tmp_path / "templates" / message / "sms.yaml").write_text("text: hello\n")
    return written


def say(project: Written, spec: str) -> None:
    (project.root / "templates" / "hello" / "message.yaml").write_text(spec)


def test_what_a_message_may_override(project: Written) -> None:
    say(project, f"topic: carts\npurpose: requested\nsender: shop\n{PROMO}")
    spec = loading.load_project(project.root).compiled["hello"].spec
    assert (spec.topic, spec.purpose, spec.sender) == ("carts", Purpose.REQUESTED, "shop")


TROUBLES = [
    ("", "topic: cart\n", "1:1: unknown topic 'cart', did you mean 'carts'?"),
    ("", "sender: shpo\n", "1:1: unknown sender 'shpo', did you mean 'shop'?"),
    ("", "data:\n  code: {promo: cart1}\n", "2:10: unknown promo 'cart1', did you mean 'cart10'?"),
    (
        "purpose: transactional\n",
        PROMO,
        "2:10: 'x' sends this as transactional: what it must tell may carry no advertising",
    ),
    (
        "purpose: transactional\n",
        ALSO,
        "2:10: 'x' sends this as transactional: what it must tell may carry no advertising",
    ),
    (
        "",
        f"purpose: transactional\n{PROMO}",
        "3:10: 'x' sends this as transactional: what it must tell may carry no advertising",
    ),
    (
        "purpose: requested\n",
        "purpose: marketing\n",
        "1:1: marketing needs a topic: 'x' has none, so write 'topic' here",
    ),
]


@pytest.mark.parametrize(("journey", "spec", "trouble"), TROUBLES)
def test_what_it_may_not(project: Written, journey: str, spec: str, trouble: str) -> None:
    project.replace("topic: carts\n", journey or "topic: carts\n")
    say(project, spec)
    with pytest.raises(InvalidFiles) as raised:
        loading.load_project(project.root)
    assert [str(problem) for problem in raised.value.problems] == [f"templates/hello/message.yaml:{trouble}"]


@pytest.mark.parametrize("spec", [PROMO, ALSO])
@pytest.mark.parametrize("purpose", ["marketing", "requested"])
def test_offers_that_may_go(project: Written, spec: str, purpose: str) -> None:
    project.replace("topic: carts\n", f"topic: carts\npurpose: {purpose}\n")
    say(project, spec)
    assert loading.load_project(project.root).compiled["hello"].spec.data


def test_a_message_of_a_campaign_is_checked_too(project: Written) -> None:
    project.write("segments.yaml", "buyers: [{did: order_completed}]\n")
    project.write(
        "campaigns/c.yaml",
        "title: C\nowner: crm@shop.example\npurpose: transactional\nsteps: [{send: news}]\n"
        'campaign: {segment: buyers, at: "2027-03-05 12:00"}\n',
    )
    folder = project.root / "templates" / "news"
    folder.mkdir()
    (folder / "sms.yaml").write_text("text: news\n")
    (folder / "message.yaml").write_text(PROMO)
    with pytest.raises(InvalidFiles, match=r"templates/news/message.yaml:2:10: 'c' sends this as transactional"):
        loading.load_project(project.root)
