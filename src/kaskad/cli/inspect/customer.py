"""`kaskad customer`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from kaskad.cli import output
from kaskad.cli.options import CUSTOMER_HELP, AsJson, Project
from kaskad.cli.session import run_with_runtime

if TYPE_CHECKING:
    from kaskad.runtime import Runtime
    from kaskad.services.reading.carts import CartShown
    from kaskad.services.reading.customer import CustomerView
    from kaskad.services.reading.timeline import TimelinePage

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad customer kolya     and, by a card: kaskad customer card:C1 --events 50 --json")
def customer(
    name: Annotated[str, typer.Argument(metavar="CUSTOMER", help=CUSTOMER_HELP)],
    events: Annotated[int, typer.Option(min=1, max=200, help="How much of the history, the latest first.")] = 20,
    *,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Show a customer as one person: ids, addresses, consents, carts, orders, journeys, and what happened last."""
    from kaskad.services.reading.customer import load_customer
    from kaskad.services.reading.timeline import PageRequest, load_timeline

    async def work(runtime: Runtime) -> tuple[CustomerView, TimelinePage]:
        view = await load_customer(runtime, name, any_kind=True)
        return view, await load_timeline(runtime, name, PageRequest(limit=events), any_kind=True)

    view, history = run_with_runtime(project, work)
    if as_json:
        output.print_json({**asdict(view), "timeline": [asdict(entry) for entry in history.entries]})
        return
    output.print_lines(_view_lines(view))
    output.print_lines(["", "What happened last (UTC)"])
    output.print_lines(f"  {_time(entry.at)}  {entry.text}" for entry in history.entries)
    if history.next:
        output.print_lines(["  … and more before: --events shows up to 200"])


def _view_lines(view: CustomerView) -> Iterator[str]:
    """Yields who it is, and what they have, line by line; what there is nothing of is left out."""
    yield f"{view.customer}, known since {_time(view.since)} UTC"
    yield from (f"  {name}: {value}" for name, value in sorted(view.attributes.items()))
    parts = {
        "Ids": [f"{identity.kind}: {identity.value}" for identity in view.identities],
        "Addresses": [
            f"{contact.channel}: {contact.address}, {contact.state}{_why(contact.closed)}" for contact in view.contacts
        ],
        "Consents": [word.text for word in view.consents],
        "Carts": [_cart(cart) for cart in view.carts],
        "Last orders": [
            f"{_time(order.at)}  {order.order_id or 'without an id'}: {_money(order.total, order.currency)}, "
            f"{order.state} ({order.place})"
            for order in view.orders
        ],
        "Journeys": [
            f"{journey.journey}: {journey.step}, next check {_time(journey.next_at)}" for journey in view.journeys
        ],
    }
    for title, lines in parts.items():
        if lines:
            yield from ("", title, *(f"  {line}" for line in lines))


def _cart(cart: CartShown) -> str:
    names = ", ".join(str(item.get("title") or item.get("product_id") or item.get("sku")) for item in cart.items)
    return f"{cart.cart_id}: {names or 'nothing listed'}, {_money(cart.total, cart.currency)}"


def _money(total: object, currency: str) -> str:
    return "total not known" if total is None else f"{total} {currency}"


def _why(closed: list[str]) -> str:
    return f" ({', '.join(closed)})" if closed else ""


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
