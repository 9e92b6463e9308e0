"""Finds journeys that start each other without a wait: customers would go round in them for ever."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.program import compile_program
from kaskad.domain.journeys.step import StartStep, WaitForStep, WaitStep


def find_start_cycles(journeys: Mapping[str, Journey]) -> list[tuple[str, ...]]:
    """For each journey that is the first by name of a cycle without a wait: its shortest cycle, from it back to it."""
    starts = {name: sorted(journeys_started_at_once(journey)) for name, journey in journeys.items()}
    found: list[tuple[str, ...]] = []
    for first in sorted(starts):
        ways, met = deque[tuple[str, ...]]([(first,)]), set[str]()
        while ways:
            way = ways.popleft()
            further = [name for name in starts.get(way[-1], ()) if name >= first and name not in met]
            if first in further:
                found.append((*way, first))
                break
            met |= {*further}
            ways += [(*way, name) for name in further]
    return found


def journeys_started_at_once(journey: Journey) -> frozenset[str]:
    """The journeys that this one starts before its first wait."""
    program = compile_program(journey)
    ahead, met, found = [program.first], set[str](), set[str]()
    while ahead:
        id_ = ahead.pop()
        if id_ is None or id_ in met:
            continue
        met.add(id_)
        node = program.nodes[id_]
        if isinstance(node.step, StartStep):
            found.add(node.step.journey)
        if not isinstance(node.step, WaitStep | WaitForStep):
            ahead += [node.next, *node.branches]
    return frozenset(found)
