"""`kaskad consents`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Customer, Project, to_utc
from kaskad.cli.session import run_with_runtime
from kaskad.domain.errors import Rejected

if TYPE_CHECKING:
    from kaskad.runtime import Runtime
    from kaskad.services.inspect.consents import CustomerConsents
    from kaskad.storage.people.consents import LedgerEntry

STANDING = ("purpose", "channel", "topic", "sender", "stands as", "since (UTC)", "until (UTC)", "source", "text")
LEDGER = ("at (UTC)", "said", "purpose", "channel", "topic", "sender", "until (UTC)", "how", "source", "text", "ip")
EVERY = "every"

app = typer.Typer(add_completion=False)


@app.command(
    epilog="Example: kaskad consents kolya     and, as a proof: kaskad consents kolya --at 2027-03-02 --csv kolya.csv"
)
def consents(
    customer: Customer,
    at: Annotated[datetime | None, typer.Option(help="Show what stood at this time; UTC.")] = None,
    csv: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="Write the ledger to this file, and its SHA-256 to FILE.sha256 beside it."),
    ] = None,
    *,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Show what a customer has consented to and withdrawn: what stands and why, then every word of the ledger."""
    from kaskad.services.inspect.consents import load_consents

    async def work(runtime: Runtime) -> CustomerConsents:
        return await load_consents(runtime, customer, at=to_utc(at))

    found = run_with_runtime(project, work)
    if csv is not None:
        _write(csv, found)
    if as_json:
        output.print_json(found.document())
    else:
        _print(found)


def _write(path: Path, found: CustomerConsents) -> None:
    """Writes the ledger, and beside it the line that `sha256sum --check` reads."""
    try:
        path.write_bytes(found.csv().encode())
        path.with_name(f"{path.name}.sha256").write_text(f"{found.sha256}  {path.name}\n")
    except OSError as error:
        raise Rejected(f"{path} cannot be written: {error.strerror}") from None


def _print(found: CustomerConsents) -> None:
    output.print_lines([f"{found.customer}, as of {found.at:%Y-%m-%d %H:%M} UTC", ""])
    output.print_lines(f"  {channel}: {text}" for channel, text in found.reached)
    if not found.ledger:
        output.print_lines(["", "nothing was ever granted or withdrawn"])
        return
    output.print_lines(["", "What stands"])
    output.print_table(
        STANDING,
        ((*_scope(word.entry), word.standing, _time(word.entry.at), *_rest(word.entry)) for word in found.standing),
    )
    output.print_lines(["The ledger"])
    output.print_table(LEDGER, (_line(entry) for entry in found.ledger))
    output.print_lines([f"{len(found.ledger)} words, SHA-256 {found.sha256}"])


def _line(entry: LedgerEntry) -> tuple[str, ...]:
    from kaskad.services.inspect.consents import said

    what = (_time(entry.at), said(entry), *_scope(entry), _time(entry.expires_at), entry.how or "–")
    return *what, entry.source, entry.text_version or "–", entry.ip or "–"


def _scope(entry: LedgerEntry) -> tuple[str, ...]:
    return entry.purpose, entry.channel or EVERY, entry.topic or EVERY, entry.sender or EVERY


def _rest(entry: LedgerEntry) -> tuple[str, ...]:
    return _time(entry.expires_at), entry.source, entry.text_version or "–"


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "–"
