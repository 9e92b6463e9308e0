"""The page of a simulation: figures and charts in one file without external parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from html import escape

from kaskad.services.simulation.journey_figures import JourneyFigures

COLOURS = {
    "push": "#3b6fb6",
    "email": "#d9822b",
    "webpush": "#7a5195",
    "viber": "#5b9f6b",
    "sms": "#b64b4b",
    "call": "#6f6f6f",
}
WIDTH, HEIGHT, BAR = 960, 160, 18
STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:1000px;margin:2rem auto;padding:0 1rem;color:#222}
h2{margin-top:2.5rem}table{border-collapse:collapse}td,th{padding:.2rem .8rem;text-align:right}
td:first-child,th:first-child{text-align:left}svg{width:100%;height:auto}.key{margin-right:1rem}
.key i{display:inline-block;width:.8em;height:.8em;margin-right:.3em}"""


def render_page(outcomes: Sequence[JourneyFigures]) -> str:
    """The HTML of the page."""
    names = ("As it is", "Compared")
    parts = [_version(name, journey_figures) for name, journey_figures in zip(names, outcomes, strict=False)]
    title = escape(outcomes[0].journey.replace("_", " "))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style><h1>{title}: a simulation</h1><p>Nothing was sent.</p>{''.join(parts)}</html>\n"
    )


def _version(name: str, journey_figures: JourneyFigures) -> str:
    figures = {
        "Entered": f"{journey_figures.entered:,}",
        "People": f"{journey_figures.people:,}",
        "Messages": f"{journey_figures.messages:,}",
        "Cost": f"{journey_figures.cost:,.2f} {escape(journey_figures.currency)}",
    }
    cells = "".join(f"<tr><td>{label}<td>{value}" for label, value in figures.items())
    sent = Counter({f"{message} by {channel}": count for (message, channel), count in journey_figures.sent.items()})
    charts = (
        ("Sent", sent),
        ("Why messages were held", journey_figures.held),
        ("Why customers were not admitted", journey_figures.refused),
        ("Why customers left", journey_figures.left),
    )
    drawn = "".join(f"<h3>{label}</h3>{_bars(counts)}" for label, counts in charts if counts)
    return f"<h2>{name}</h2><table>{cells}</table><h3>Messages an hour</h3>{_load(journey_figures)}{drawn}"


def _load(journey_figures: JourneyFigures) -> str:
    """The chart of messages per hour: stacked bars from the first message to the last."""
    if not journey_figures.hours:
        return "<p>None.</p>"
    hours: dict[datetime, dict[str, int]] = {}
    for (at, channel), count in journey_figures.hours.items():
        hours.setdefault(at, {})[channel] = count
    first, last = min(hours), max(hours)
    wide = WIDTH / (int((last - first) / timedelta(hours=1)) + 1)
    most = max(sum(channels.values()) for channels in hours.values())
    hour = timedelta(hours=1)
    stacks = (
        _stack(channels, (at - first) / hour * wide, wide, most=most, at=at) for at, channels in sorted(hours.items())
    )
    bars = "".join(stacks)
    keys = "".join(
        f'<span class="key"><i style="background:{colour}"></i>{channel}</span>'
        for channel, colour in COLOURS.items()
        if any(channel in channels for channels in hours.values())
    )
    label = f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M}; at most {most:,} in an hour"
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{bars}</svg><p>{keys}<br>{label}</p>'


def _stack(channels: Mapping[str, int], left: float, wide: float, *, most: int, at: datetime) -> str:
    drawn, top = "", float(HEIGHT)
    for channel, colour in COLOURS.items():
        if count := channels.get(channel):
            high = count / most * HEIGHT
            top -= high
            said = f"{at:%Y-%m-%d %H:%M}: {count:,} {channel}"
            drawn += (
                f'<rect x="{left:.2f}" y="{top:.2f}" width="{max(wide, 0.5):.2f}" height="{high:.2f}" '
                f'fill="{colour}"><title>{said}</title></rect>'
            )
    return drawn


def _bars(counts: Mapping[str, int]) -> str:
    """A bar for each count, the largest first."""
    most = max(counts.values())
    rows = []
    for number, (name, count) in enumerate(sorted(counts.items(), key=lambda item: (-item[1], item[0]))):
        top = number * (BAR + 6)
        long = count / most * (WIDTH - 420)
        rows.append(
            f'<text x="0" y="{top + 14}" font-size="14">{escape(name)}</text>'
            f'<rect x="300" y="{top}" width="{long:.1f}" height="{BAR}" fill="#3b6fb6"/>'
            f'<text x="{308 + long:.1f}" y="{top + 14}" font-size="14">{count:,}</text>'
        )
    return f'<svg viewBox="0 0 {WIDTH} {len(rows) * (BAR + 6)}" role="img">{"".join(rows)}</svg>'
