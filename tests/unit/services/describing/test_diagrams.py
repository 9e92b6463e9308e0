"""The chart of a journey, its picture as SVG, and what is said of each step."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from datetime import time
from decimal import Decimal
from itertools import combinations

import pytest

from kaskad.domain.channel import Channel
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.cascade import Cascade, ChannelStep
from kaskad.domain.journeys.condition import Compare, EventMatch, MessageState, Op, PathRef, ValueType
from kaskad.domain.journeys.entry_trigger import EventTrigger
from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.step import (
    Assignment,
    Branch,
    CallStep,
    ChooseStep,
    LeaveStep,
    MessageMatch,
    SendStep,
    SetStep,
    SplitPath,
    SplitStep,
    StartStep,
    Step,
    WaitForStep,
    WaitStep,
    WebhookStep,
)
from kaskad.domain.journeys.wait_until import UntilClockTime, UntilRelativeTime
from kaskad.services.describing.diagram import build_diagram
from kaskad.services.describing.layout import BOX_LETTERS, Drawing, StepFigures, lay_out, wrap_text
from kaskad.services.describing.mermaid import render_mermaid
from kaskad.services.describing.steps import describe_step
from kaskad.services.describing.svg import render_svg

DAY = Duration(seconds=86_400)
RICH = (Compare(path="cart.total", op=Op.MORE_THAN, value=5000, type=ValueType.MONEY),)
SMS = Cascade(channels=(ChannelStep(channel=Channel.EMAIL), ChannelStep(channel=Channel.SMS)))
SVG = "{http://www.w3.org/2000/svg}"
EVERY_STEP: tuple[Step, ...] = (
    SendStep(message="hello", cascade=SMS, sender="pizza", together=DAY, relevant_for=DAY),
    SplitStep(
        name="first",
        judge="goal",
        paths=(
            SplitPath(name="early", share=Decimal("0.335"), steps=(WaitStep(for_=DAY),)),
            SplitPath(name="late", share=Decimal("0.665")),
        ),
    ),
    ChooseStep(
        name="way",
        branches=(Branch(if_=RICH, then=(SendStep(message="rich"),)),),
        else_=(
            WaitForStep(
                name="click", message=MessageMatch(message="hello", was=MessageState.CLICKED), up_to=DAY,
                then=(LeaveStep(why="has answered"),), else_=(StartStep(journey="welcome"),),
            ),
        ),
    ),
    CallStep(team="sales", script="reason", within=DAY, if_=RICH),
    WebhookStep(webhook="crm"),
    SetStep(assignments=(Assignment(attribute="warm", type=ValueType.BOOLEAN, value=True),)),
)  # fmt: skip


def journey(*steps: Step, title: str = "Tried") -> Journey:
    enter = EventTrigger(when="cart_updated", again_after="always")
    leave = (EventMatch(when="order_completed"),)
    said = {"name": "tried", "owner": "x", "cascade": SMS, "enter": enter, "leave": leave}
    return Journey(**{**said, "title": title, "steps": steps or EVERY_STEP})


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (
            EVERY_STEP[0],
            "send 'hello' by e-mail, then SMS in the name of 'pizza'; one for all within a day; stale after a day",
        ),
        (EVERY_STEP[1], "split 'first', judged by the goal"),
        (EVERY_STEP[3], "if cart.total is more than 5000: 'sales' calls with the script 'reason', within a day"),
        (EVERY_STEP[4], "tell the webhook 'crm'"),
        (EVERY_STEP[5], "set customer.warm to yes"),
        (LeaveStep(), "leave the journey"),
        (LeaveStep(why="has answered"), "leave the journey: has answered"),
        (StartStep(journey="welcome"), "start the journey 'welcome'"),
        (WaitStep(for_=Duration(days=1)), "wait a calendar day"),
        (WaitStep(until=UntilClockTime(at=time(10))), "wait until the next 10:00"),
        (WaitStep(until=UntilClockTime(at=time(11), weekday=5)), "wait until the next Saturday 11:00"),
        (WaitStep(until=UntilRelativeTime(by=DAY, side="after", path="enter")), "wait until a day after entering"),
        (
            WaitStep(
                until=UntilRelativeTime(
                    by=PathRef(path="product.refill_days"), side="after", path="order.delivered_at"
                )
            ),
            "wait until product.refill_days days after order.delivered_at",
        ),
        (
            WaitForStep(event=EventMatch(when="meeting_booked"), up_to=DAY),
            "wait until the customer has 'meeting booked', for a day at the most",
        ),
    ],
)  # fmt: skip
def test_each_step_in_words(step: Step, words: str) -> None:
    assert describe_step(step) == words


def drawn(*steps: Step) -> Drawing:
    return lay_out(build_diagram(journey(*steps)), {}, top=50)


def test_boxes_keep_apart_and_inside() -> None:
    drawing = drawn()
    assert len(drawing.boxes) == 11 + 3  # the steps; who enters, who leaves, the end
    for first, other in combinations(drawing.boxes, 2):
        beside = first.x + first.width <= other.x or other.x + other.width <= first.x
        above = first.y + first.height <= other.y or other.y + other.height <= first.y
        assert beside or above, (first.lines, other.lines)
    for box in drawing.boxes:
        assert box.x >= 0 and box.x + box.width <= drawing.width
        assert box.y >= 0 and box.y + box.height <= drawing.height


def test_every_box_is_led_to_and_no_line_runs_through_one() -> None:
    drawing = drawn()
    ends = {line.points[-1] for line in drawing.lines if line.arrow}
    for box in drawing.boxes:
        if box.kind not in ("enter", "left"):
            assert (box.x + box.width / 2, box.y) in ends, box.lines
    for line in drawing.lines:
        for (x1, y1), (x2, y2) in zip(line.points, line.points[1:], strict=False):
            for box in drawing.boxes:
                through_x = min(x1, x2) < box.x + box.width and max(x1, x2) > box.x
                through_y = min(y1, y2) < box.y + box.height and max(y1, y2) > box.y
                assert not (through_x and through_y), (line, box.lines)


def test_ways_join_again_unless_they_end() -> None:
    ends = drawn(SendStep(message="a"), LeaveStep())
    assert "done" not in {box.kind for box in ends.boxes}
    half = drawn(ChooseStep(branches=(Branch(if_=RICH, then=(LeaveStep(),)),)), SendStep(message="b"))
    assert [box.kind for box in half.boxes].count("send") == 1
    assert "done" in {box.kind for box in half.boxes}


def test_no_line_of_a_box_is_longer_than_the_box() -> None:
    long = drawn(SendStep(message="x" * 200), WaitStep(for_=DAY))
    assert max(len(line) for box in long.boxes for line in box.lines) <= BOX_LETTERS
    assert wrap_text("", 10) == [""]


def test_the_file_is_one_picture_that_needs_nothing_else() -> None:
    nasty = 'Carts <b>&amp; "co" \x00\x1b ]]> --'
    text = render_svg(build_diagram(journey(title=nasty)), {"send:hello": StepFigures(12, "7 days: 3 sent")})
    root = ElementTree.fromstring(text)
    texts = [element.text or "" for element in root.iter(f"{SVG}text")]
    assert any(text.startswith('Carts <b>&amp; "co"') for text in texts)
    assert {"12 here", "7 days: 3 sent"} <= set(texts)
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for rect in root.iter(f"{SVG}rect"):
        if rect.get("x"):
            assert float(rect.get("x", 0)) >= 0 and float(rect.get("x", 0)) + float(rect.get("width", 0)) <= width
            assert float(rect.get("y", 0)) + float(rect.get("height", 0)) <= height


def test_mermaid_parts_joins_and_ends_as_the_chart_does() -> None:
    lines = [line.strip() for line in render_mermaid(journey()).splitlines()]
    assert 's1 -->|"early: 33.5%"| s2' in lines
    assert 's1 -->|"late: 66.5%"| s3' in lines
    assert "s2 --> s3" in lines
    (ended,) = [line.partition("((")[0] for line in lines if "leave the journey" in line]
    assert not [line for line in lines if line.startswith(f"{ended} -->")]
