"""A journey's pages in Prefect: today's funnel, which messages were held and what to do, the diagram with counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

from kaskad.domain.decisions.local_time import local_date, start_of_day
from kaskad.domain.outcome import Reason
from kaskad.services.describing.mermaid import render_mermaid
from kaskad.services.inspect.report import JourneyReport, build_report
from kaskad.services.ports import HasCatalogue, HasDatabase
from kaskad.services.reason_texts import reason_text
from kaskad.services.wording import channel_label
from kaskad.storage import clock
from kaskad.storage.queries import query

ADVICE: Mapping[Reason, str] = {
    Reason.NO_CONSENT: "ask for consent where it is missing: at the till, in the app, at checkout",
    Reason.UNCONFIRMED: "send {{ links.confirm }} in a requested message, like email_confirmation",
    Reason.NO_CONTACT: "offer something for an address or for the app's notifications",
    Reason.ADDRESS_DEAD: "ask these customers for a new address",
    Reason.COMPLAINED: "look who is written to, and whether they asked for it",
    Reason.UNSUBSCRIBED: "nothing: the customers do not want it",
    Reason.TOPIC_OPTED_OUT: "look whether this topic is written about too often",
    Reason.NO_TEMPLATE: "write the message for the channels of the cascade",
    Reason.CAP: "give the journey a higher priority, or let fewer journeys write",
    Reason.STALE_SOURCE: "ask the owner of the source; nothing is sent until it is heard again",
    Reason.TEMPLATE_ERROR: "mend the template; `kaskad explain` shows the file and the field",
    Reason.QUARANTINED: "mend what `kaskad quarantine` shows, then release these customers there",
    Reason.MISSING_DATA: "look why the data are missing, or ask for less in message.yaml",
    Reason.UNKNOWN_VALUE: "look which value no source tells",
    Reason.PROVIDER_REFUSED: "ask the provider; `kaskad explain` shows its answer",
    Reason.PROVIDER_DOWN: "ask the provider when it is back; `kaskad providers` shows its last answer",
    Reason.STOPPED: "lift the stop when it is time: kaskad stop --lift",
    Reason.EXHAUSTED: "nothing: the customers did not answer in any channel",
}
Page = tuple[str, str, str]  # the end of the artifact's key, Markdown, a description


class PagesDeps(HasDatabase, HasCatalogue, Protocol):
    """What the pages need."""


async def render_pages(deps: PagesDeps, journey: str) -> list[Page]:
    """Returns the journey's three pages as of now; "today" is the shop's own date."""
    async with deps.database.transaction() as connection:
        now = await clock.read_now(connection)
        cursor = await connection.execute(query("count_at_steps"), {"journey": journey})
        standing = {row["step"]: row["people"] for row in await cursor.fetchall()}
    zone = ZoneInfo(deps.catalogue.project.shop.time_zone)
    today = local_date(now, zone)
    found = await build_report(deps, since=start_of_day(today, zone))
    async with deps.database.transaction() as connection:
        published = await deps.catalogue.current_of(connection, journey)
    report = found.journeys.get(journey, JourneyReport())
    title = published.version.journey.title
    return [
        (
            "today",
            f"## {title}, {today:%d %B}\n\n{_funnel(report, found.currency)}",
            "Who entered today, and what came of it",
        ),
        ("held", f"## {title}: held back today\n\n{_held(report)}", "Why messages did not go, and what to do"),
        (
            "map",
            f"## {title}\n\n```mermaid\n{render_mermaid(published.version.journey, standing)}\n```",
            "Where everybody stands",
        ),
    ]


def _funnel(report: JourneyReport, currency: str) -> str:
    rows = [("entered", f"{report.entered:,}")]
    rows += [(f"sent by {channel_label(name)}", f"{count:,}") for name, count in sorted(report.sent.items())]
    rows += [(f"failed by {channel_label(name)}", f"{count:,}") for name, count in sorted(report.failed.items())]
    rows += [
        (f"fell through {channel_label(name)}", f"{count:,}") for name, count in sorted(report.fell_through.items())
    ]
    rows += [(f"left: {event.replace('_', ' ')}", f"{count:,}") for event, count in report.left.most_common()]
    if report.left_before:
        rows.append(("of them before they were let in", f"{report.left_before:,}"))
    if report.unknown:
        rows.append(("unknown whether it went", f"{report.unknown:,}"))
    rows += [("reached the goal", f"{report.goal:,}"), ("cost", f"{report.cost:,.2f} {currency}")]
    if report.saved is not None:
        rows.append(("saved against SMS", f"{report.saved:,.2f} {currency}"))
    return _table(("", "today"), rows)


def _held(report: JourneyReport) -> str:
    if not report.held:
        return "Nobody was held back."
    rows = [
        (reason_text(reason), f"{count:,}", ADVICE.get(Reason(reason), "–"))
        for reason, count in report.held.most_common()
    ]
    return _table(("why", "messages", "what to do"), rows)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines: list[tuple[str, ...]] = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
