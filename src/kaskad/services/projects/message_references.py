"""Checks the references in message.yaml against the project and the journeys that send the message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from kaskad.content import CompiledMessage, MessageSpec, locate_spec_problem, suggest_nearest
from kaskad.content.unsubscribe_link import find_missing_link
from kaskad.domain.errors import Problem
from kaskad.domain.journeys.campaign import Campaign
from kaskad.domain.journeys.journey import Journey, Purpose
from kaskad.domain.journeys.program import message_names
from kaskad.domain.journeys.project import Project

Found = tuple[tuple[str, ...], str]  # the keys that lead there, and what is wrong


def find_problems(root: Path, project: Project, compiled: Mapping[str, CompiledMessage]) -> list[Problem]:
    """Returns all problems, each at its key in the message's message.yaml, or in the e-mail that advertises."""
    found: dict[tuple[str, Found], None] = {}
    advertising: dict[str, None] = {}
    writing: list[Journey | Campaign] = [*project.journeys.values(), *project.campaigns.values()]
    for journey in writing:
        for name in message_names(journey):
            if name in compiled:
                spec = compiled[name].spec
                found |= {(name, problem): None for problem in _check_spec(spec, journey, project)}
                advertising |= {name: None} if (spec.purpose or journey.purpose) is Purpose.MARKETING else {}
    folder = root / "templates"
    return [
        *(locate_spec_problem(folder / name / "message.yaml", way, text) for name, (way, text) in found),
        *(each for name in advertising for each in find_missing_link(folder / name, compiled[name])),
    ]


def _check_spec(spec: MessageSpec, journey: Journey | Campaign, project: Project) -> Iterator[Found]:
    for kind, said, known in (("topic", spec.topic, project.topics), ("sender", spec.sender, project.senders)):
        if said is not None and said not in known:
            yield (kind,), f"unknown {kind} {said!r}{suggest_nearest(said, known)}"
    for name, asked in spec.data.items():
        if asked.promo is not None and asked.promo not in project.promos:
            yield (
                ("data", name, "promo"),
                f"unknown promo {asked.promo!r}{suggest_nearest(asked.promo, project.promos)}",
            )
    purpose = spec.purpose or journey.purpose
    if purpose is Purpose.MARKETING and not (spec.topic or journey.topic):
        yield ("purpose",), f"marketing needs a topic: '{journey.name}' has none, so write 'topic' here"
    for name, asked in spec.data.items():
        if purpose is Purpose.TRANSACTIONAL and (asked.promo or asked.recommend):
            key = "promo" if asked.promo else "recommend"
            why = "what it must tell may carry no advertising"
            yield ("data", name, key), f"'{journey.name}' sends this as transactional: {why}"
