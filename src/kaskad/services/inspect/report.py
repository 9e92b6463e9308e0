"""The report: how many entered each journey, which messages were sent, which were not and why, and their cost."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from kaskad.domain.channel import Channel
from kaskad.domain.outcome import EnrollmentStatus
from kaskad.services.ports import HasCatalogue, HasDatabase
from kaskad.storage import clock
from kaskad.storage.database import Connection, read_as_of_now
from kaskad.storage.queries import query

CENTS = Decimal("0.01")
ZERO = Decimal(0)


class ReportDeps(HasDatabase, HasCatalogue, Protocol):
    """What reports need."""


@dataclass(slots=True)
class JourneyReport:
    """One journey, or all together. Counts are of live enrollments; money is in the shop's currency."""

    entered: int = 0  # admitted: past the entrance, holdout and `again_after`
    refused: Counter[str] = field(default_factory=Counter)  # reason → candidates
    sent: Counter[str] = field(default_factory=Counter)  # channel → messages
    unknown: int = 0  # messages with an unknown outcome
    failed: Counter[str] = field(default_factory=Counter)  # channel → messages that were not sent
    # channel → sent, failed and unknown messages that the next channel step followed
    fell_through: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)  # last reason → (enrollment, step) pairs without a send
    left: Counter[str] = field(default_factory=Counter)  # event → enrollments; `left_before` of them not admitted
    left_places: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))  # event → place → …
    left_before: int = 0  # all candidates: entered, refused, these, and those that still wait
    goal: int = 0  # of the enrollments that entered, within the goal's time
    cost: Decimal = ZERO  # of messages that were sent, and of those that may have been
    cost_of_calls: Decimal = ZERO  # the part of it for calls by people
    cost_sms_only: Decimal | None = (
        ZERO  # (enrollment, step) pairs that an SMS could have reached; None: it has no price
    )
    beyond_sms: int = 0  # pairs that were sent and no SMS could have reached: no template, no telephone, no consent
    saved: Decimal | None = ZERO  # of the pairs of `cost_sms_only`; calls, which no SMS replaces, are left out of both

    def add(self, other: JourneyReport) -> None:
        """Adds the other's figures to these."""
        self.entered += other.entered
        self.goal += other.goal
        self.left_before += other.left_before
        self.unknown += other.unknown
        self.beyond_sms += other.beyond_sms
        for name in ("refused", "sent", "failed", "fell_through", "held", "left"):
            getattr(self, name).update(getattr(other, name))
        for event, places in other.left_places.items():
            self.left_places[event].update(places)
        self.cost += other.cost
        self.cost_of_calls += other.cost_of_calls
        self.cost_sms_only = _sum(self.cost_sms_only, other.cost_sms_only)
        self.saved = _sum(self.saved, other.saved)

    def document(self) -> dict[str, Any]:
        """Returns plain values for JSON; money as text with two decimals."""
        money = ("cost", "cost_of_calls", "cost_sms_only", "saved")
        counts = ("refused", "sent", "failed", "fell_through", "held", "left")
        return {
            "entered": self.entered,
            **{name: dict(sorted(getattr(self, name).items())) for name in counts},
            "left_places": {event: dict(sorted(places.items())) for event, places in sorted(self.left_places.items())},
            "left_before": self.left_before,
            "unknown": self.unknown,
            "goal": self.goal,
            **{name: _text(getattr(self, name)) for name in money},
            "beyond_sms": self.beyond_sms,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Every journey that is published, or was entered in this time; and all of them together."""

    since: datetime | None
    until: datetime | None
    currency: str
    journeys: Mapping[str, JourneyReport]
    total: JourneyReport

    def document(self) -> dict[str, Any]:
        """Returns plain values for JSON."""
        return {
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
            "currency": self.currency,
            "journeys": {name: report.document() for name, report in self.journeys.items()},
            "total": self.total.document(),
        }


async def build_report(deps: ReportDeps, since: datetime | None = None, until: datetime | None = None) -> Report:
    """Returns what became of the entries from `since` to before `until`; of all entries without them."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)  # a transaction of its own: publishing and stopping wait for this lock
    shop, price = deps.catalogue.project.shop, deps.catalogue.project.costs().get(Channel.SMS)
    found: dict[str, JourneyReport] = defaultdict(JourneyReport)
    for name in deps.catalogue.current:
        found[name] = JourneyReport()
    async with deps.database.transaction() as connection:
        await read_as_of_now(connection)
        subscribed = [topic.name for topic in deps.catalogue.project.topics.values() if topic.starts == "subscribed"]
        params = {"since": since, "until": until, "now": await clock.read_now(connection), "subscribed": subscribed}
        entered = await _enrollments(connection, params, found)
        await _messages(connection, params, found, price=price)
        await _held(connection, params, found)
        for journey, version in sorted(entered):
            found[journey].goal += await _reached_goal(deps, connection, version, params=params)
    total = JourneyReport()
    for report in found.values():
        total.add(report)
    return Report(since, until, shop.currency, dict(sorted(found.items())), total)


async def _enrollments(
    connection: Connection, params: Mapping[str, Any], found: dict[str, JourneyReport]
) -> set[tuple[str, int]]:
    """Counts who entered, who did not and who left; returns the (journey, version) pairs that customers entered."""
    cursor = await connection.execute(query("report_enrollments"), params)
    entered: set[tuple[str, int]] = set()
    for row in await cursor.fetchall():
        report, people = found[row["journey"]], row["people"]
        if row["entered"]:
            report.entered += people
            entered.add((row["journey"], row["version_id"]))
        if row["status"] == EnrollmentStatus.REFUSED:
            report.refused[row["reason"]] += people
        if row["status"] == EnrollmentStatus.LEFT:
            by = row["left_by"] or row["reason"]  # an event, or a step of the journey
            report.left[by] += people
            report.left_before += 0 if row["entered"] else people
            if row["left_place"]:
                report.left_places[by][row["left_place"]] += people
    return entered


async def _messages(
    connection: Connection, params: Mapping[str, Any], found: dict[str, JourneyReport], *, price: Decimal | None
) -> None:
    cursor = await connection.execute(query("report_messages"), params)
    for row in await cursor.fetchall():
        called = row["channel"] == Channel.CALL
        by_sms = row["by_sms"] * price if price is not None else None
        sms_saves = ZERO if called else _sum(by_sms, -row["compared"])
        report = JourneyReport(unknown=row["unknown"], cost=row["cost"], cost_sms_only=by_sms, saved=sms_saves)
        report.cost_of_calls = row["cost"] if called else ZERO
        report.beyond_sms = row["steps"] - row["by_sms"]
        report.sent.update({row["channel"]: row["sent"]} if row["sent"] else {})
        report.failed.update({row["channel"]: row["failed"]} if row["failed"] else {})
        report.fell_through.update({row["channel"]: row["fell"]} if row["fell"] else {})
        found[row["journey"]].add(report)


async def _held(connection: Connection, params: Mapping[str, Any], found: dict[str, JourneyReport]) -> None:
    cursor = await connection.execute(query("report_held"), params)
    for row in await cursor.fetchall():
        found[row["journey"]].held[row["reason"]] += row["pairs"]


async def _reached_goal(deps: ReportDeps, connection: Connection, version: int, *, params: Mapping[str, Any]) -> int:
    question = (await deps.catalogue.version(connection, version)).questions.goal
    if question is None:
        return 0
    cursor = await connection.execute(question.sql, {**question.params, **params, "version": version})
    row = await cursor.fetchone()
    return row["people"] if row else 0


def _sum(amount: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if amount is None or other is None else amount + other


def _text(money: Decimal | None) -> str | None:
    return None if money is None else str(money.quantize(CENTS))
