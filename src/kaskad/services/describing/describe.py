"""A journey in words, for those who did not write it. Markdown: Prefect shows it as the deployment's description."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from kaskad.domain.condition import MessageState
from kaskad.domain.entrance import Audience, EventEntrance, OncePer, ProductEntrance
from kaskad.domain.journey import Journey
from kaskad.domain.model import Duration
from kaskad.domain.step import CallStep, ChooseStep, SendStep, Step, WaitForStep, WaitStep
from kaskad.services.describing import conditions
from kaskad.services.wording import channel, done, duration, listed


def describe(journey: Journey) -> str:
    """What the journey does, read aloud: who enters and when, the steps, who leaves, and what holds all the while."""
    paragraphs = [f"{_entrance(journey)}:", "\n".join(_steps(journey.steps, "")), " ".join(_rules(journey))]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def entrance(journey: Journey) -> str:
    """When somebody enters: "When a cart has been quiet for an hour"."""
    enter = journey.enter
    if isinstance(enter, ProductEntrance):
        return f"When a product is back in stock, those who {listed([_audience(who) for who in enter.who], 'or')}"
    quiet = enter.quiet_for
    if quiet == Duration():
        return f"When a customer has {done(enter.when)}"
    if enter.when == "cart_updated":
        return f"When a cart has been quiet for {duration(quiet)}"
    return f"When a customer has {done(enter.when)}, and not again for {duration(quiet)}"


def _entrance(journey: Journey) -> str:
    enter, text = journey.enter, entrance(journey)
    asked = [*(enter.where if isinstance(enter, EventEntrance) else ()), *enter.if_]
    if asked:
        text += f", if {conditions.all_of(tuple(asked))}"
    if isinstance(enter, ProductEntrance) and enter.release:
        text += f", {enter.release.people} people for each piece every {_bare(enter.release.every)}"
    once = "" if enter.once_per is OncePer.CUSTOMER else f", once for each {_key(enter.once_per)}"
    return f"{text}{once}{_again(journey)}"


def _again(journey: Journey) -> str:
    again = journey.enter.again_after
    if isinstance(again, Duration):
        return f", and not again within {duration(again)} of an entry that sent something"
    return ", and never again after an entry that sent something" if again == "never" else ""


def _audience(who: Audience) -> str:
    asked = "asked for it" if who.kind == "subscribed" else "looked at it"
    return f"{asked} within {duration(who.within)}" if who.within else asked


def _steps(steps: Sequence[Step], indent: str) -> Iterator[str]:
    for number, step in enumerate(steps, start=1):
        yield f"{indent}{number}. {step_words(step, _cascade(step))}"
        for label, arm in arms(step):
            yield f"{indent}   - {label}:{'' if arm else ' go on'}"
            yield from _steps(arm, f"{indent}     ")


def arms(step: Step) -> list[tuple[str, tuple[Step, ...]]]:
    """The ways that part at this step, each with what it is taken for; none where it leads straight on."""
    match step:
        case ChooseStep():
            ways = [(f"if {conditions.all_of(branch.if_)}", branch.then) for branch in step.branches]
            return [*ways, ("otherwise", step.else_)]
        case WaitForStep():
            return [("when it has happened", step.then), (f"after {duration(step.up_to)} without it", step.else_)]
    return []


def step_words(step: Step, through: str = "") -> str:
    """The step in a few words."""
    match step:
        case SendStep():
            relevant = f"; stale after {duration(step.relevant_for)}" if step.relevant_for else ""
            return f"{_if(step)}send '{step.message}'{through}{relevant}"
        case CallStep():
            return f"{_if(step)}'{step.team}' calls with the script '{step.script}', within {duration(step.within)}"
        case WaitStep():
            if step.after_enter is not None:
                return f"wait until {duration(step.after_enter)} after entering"
            return f"wait {duration(step.for_ or Duration())}"
        case WaitForStep():
            return f"wait until {_awaited(step)}, for {duration(step.up_to)} at the most"
        case ChooseStep():
            return "choose"
    assert_never(step)


def _if(step: SendStep | CallStep) -> str:
    return f"if {conditions.all_of(step.if_)}: " if step.if_ else ""


def _awaited(step: WaitForStep) -> str:
    if step.message:
        return f"'{step.message.message}' was {step.message.was}"
    return f"the customer has {conditions.event(step.event)}" if step.event else "something happens"


def _cascade(step: Step) -> str:
    if not isinstance(step, SendStep) or step.cascade is None:
        return ""
    return f" by {', then '.join(channel(rung.channel) for rung in step.cascade.channels)}"


def _rules(journey: Journey) -> Iterator[str]:
    yield f"Messages go by {_ladder(journey)}."
    if journey.leave:
        yield f"Whoever has {listed([conditions.event(match) for match in journey.leave], 'or')} leaves at once."
    if journey.only_while:
        yield f"Nothing is sent unless {conditions.all_of(journey.only_while)}."
    if window := journey.send_window:
        yield f"Sent between {window.from_:%H:%M} and {window.to:%H:%M} of the customer's own day."
    for source, limit in journey.fresh_data.items():
        yield f"Held while '{source}' has been silent for {duration(limit)}."
    if journey.goal:
        yield f"The goal: {conditions.event(journey.goal)} within {duration(journey.goal.within)}."
    if journey.holdout:
        yield f"{journey.holdout * 100:f}".rstrip("0").rstrip(".") + "% are held out, to measure what it earns."


def _ladder(journey: Journey) -> str:
    rungs = journey.cascade.channels
    tried = [
        f"{channel(rung.channel)} (unless {rung.success} within {duration(rung.fallback_after)})"
        if rung.success is not MessageState.SENT and rung is not rungs[-1]
        else channel(rung.channel)
        for rung in rungs
    ]
    return ", else ".join(tried)


def _key(once: OncePer) -> str:
    return "e-mail address" if once is OncePer.EMAIL else once.value


def _bare(length: Duration) -> str:
    """ "hour" for "an hour": after "every"."""
    return duration(length).removeprefix("an ").removeprefix("a ")
