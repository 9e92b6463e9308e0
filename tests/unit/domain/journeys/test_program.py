"""A journey laid out flat: ids that stay, branches that join, names for everything that is asked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaskad.domain.journeys.condition import MessageState, MessageWas
from kaskad.domain.journeys.entry_trigger import EventTrigger
from kaskad.domain.journeys.program import ENTRY_IF, ENTRY_WHERE, ONLY_WHILE, compile_program, step_id
from kaskad.domain.journeys.step import Branch, CallStep, Step, WaitForStep, WaitStep
from tests.support.engine.builders import (
    ASKED,
    BOUGHT,
    PROPERTY,
    cascade,
    channel_step,
    choose,
    journey,
    send,
    span,
    wait,
    wait_for,
)

CALL = CallStep(team="retention", script="why", within=span(days=1))


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (send(), "send:hello"),
        (send(name="first"), "send:first"),
        (CALL, "call:why"),
        (CallStep(name="c", team="retention", script="why", within=span(days=1)), "call:c"),
        (WaitStep(name="a_day", for_=span(days=1)), "wait:a_day"),
        (choose(Branch(if_=ASKED, then=())), "choose:way"),
    ],
)
def test_a_step_is_called_by_its_kind_and_name(step: Step, expected: str) -> None:
    assert step_id(step) == expected


def test_a_step_without_a_name_is_called_by_its_content() -> None:
    assert step_id(wait(hours=1)) == step_id(wait(hours=1)) == step_id(wait(minutes=60))
    assert step_id(wait(hours=1)) != step_id(wait(hours=2))
    assert step_id(wait(hours=1)).startswith("wait:")


def test_what_a_send_does_is_not_its_name() -> None:
    assert step_id(send(relevant_for=span(hours=1), cascade=cascade(channel_step("sms")))) == step_id(send())


some_steps = st.sampled_from([wait(hours=1), wait(hours=2), send("one"), send("two"), CALL, wait_for("paid")])


@PROPERTY
@given(st.lists(some_steps, max_size=5, unique=True), st.data())
def test_ids_stay_while_steps_are_put_before_or_taken_out(steps: list[Any], data: st.DataObject) -> None:
    kept = [step for step in steps if data.draw(st.booleans())]
    before, after = compile_program(journey(*steps, send())), compile_program(journey(*kept, send()))
    assert [before.nodes[step_id(step)].step for step in kept] == kept
    assert set(after.nodes) <= set(before.nodes)
    assert list(after.nodes) == [step_id(step) for step in [*kept, send()]]


CLASHES: dict[str, tuple[Step, ...]] = {
    "the same message twice": (send(), wait(hours=1), send()),
    "the same wait twice": (wait(hours=1), send(), wait(hours=1)),
    "in two branches": (choose(Branch(if_=ASKED, then=(send(),)), otherwise=[send()]),),
    "inside and behind": (choose(Branch(if_=ASKED, then=(send(),))), send()),
    "inside itself": (choose(Branch(if_=ASKED, then=(choose(Branch(if_=BOUGHT, then=())),))),),
}


@pytest.mark.parametrize("steps", CLASHES.values(), ids=CLASHES)
def test_two_steps_of_one_name_clash(steps: tuple[Step, ...]) -> None:
    with pytest.raises(ValueError, match=r"two steps are called '.+': give one of them a 'name'"):
        compile_program(journey(*steps))


def test_a_name_settles_a_clash() -> None:
    assert set(compile_program(journey(send(), send(name="again"))).nodes) == {"send:hello", "send:again"}


def test_steps_follow_each_other() -> None:
    program = compile_program(journey(send("one"), send("two"), send("three")))
    assert program.first == "send:one"
    assert [node.next for node in program.nodes.values()] == ["send:two", "send:three", None]


def test_branches_join_behind_the_choice() -> None:
    way = choose(
        Branch(if_=ASKED, then=(send("one"), send("two"))), Branch(if_=BOUGHT, then=()), otherwise=[send("three")]
    )
    program = compile_program(journey(way, send("last")))
    assert program.nodes["choose:way"].branches == ("send:one", "send:last", "send:three")
    joined = {id_: program.nodes[id_].next for id_ in ("send:one", "send:two", "send:three", "send:last")}
    assert joined == {"send:one": "send:two", "send:two": "send:last", "send:three": "send:last", "send:last": None}


def test_a_choice_without_else_goes_on_behind_it() -> None:
    assert compile_program(journey(choose(Branch(if_=ASKED, then=(send(),))))).nodes["choose:way"].branches[-1] is None


def test_nested_choices_join_one_after_the_other() -> None:
    inner = WaitForStep(name="inner", event=None, up_to=span(days=1), then=(send("deep"),))
    outer = choose(Branch(if_=ASKED, then=(inner, send("shallow"))))
    program = compile_program(journey(outer, send("last")))
    assert program.nodes["wait_for:inner"].branches == ("send:deep", "send:shallow")
    assert program.nodes["send:deep"].next == "send:shallow"
    assert program.nodes["send:shallow"].next == "send:last"
    assert list(program.nodes) == ["choose:way", "wait_for:inner", "send:deep", "send:shallow", "send:last"]
    assert [step.message for step in program.sends()] == ["deep", "shallow", "last"]


def test_everything_that_is_asked_has_a_name() -> None:
    asked = send(**{"if": ASKED})
    enter = EventTrigger(when="cart_updated", where=ASKED, again_after="always", **{"if": BOUGHT})
    way = choose(Branch(if_=ASKED, then=()), Branch(if_=BOUGHT, then=()))
    opened = WaitForStep(name="open", message={"message": "hello", "was": "opened"}, up_to=span(days=1))
    program = compile_program(journey(asked, way, opened, wait_for("paid"), enter=enter, only_while=ASKED))
    assert program.conditions == {
        ENTRY_WHERE: ASKED,
        ENTRY_IF: BOUGHT,
        ONLY_WHILE: ASKED,
        "send:hello.if": ASKED,
        "choose:way.0": ASKED,
        "choose:way.1": BOUGHT,
        "wait_for:open.if": (MessageWas(message="hello", was=MessageState.OPENED),),
    }
    assert {id_: match.when for id_, match in program.waits.items()} == {"wait_for:it": "paid"}


def test_what_is_not_asked_has_none() -> None:
    program = compile_program(journey(send()))
    assert (program.conditions, program.waits) == ({}, {})
