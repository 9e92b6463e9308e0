"""`kaskad send-test`: a message to oneself, as a customer would get it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Message, Project
from kaskad.cli.session import find_project_folder, run_with_runtime
from kaskad.domain.channel import Channel

if TYPE_CHECKING:
    from kaskad.runtime import Runtime
    from kaskad.services.previews.send_test import SendTestResult

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad send-test cart_reminder --as kolya --to me@shop.example")
def send_test(
    message: Message,
    customer: Annotated[
        str, typer.Option("--as", help="The customer to write it for: an id, or the name of an example.")
    ],
    to: Annotated[
        str, typer.Option(help="An e-mail address, a phone number, or a customer, whose own addresses are used.")
    ],
    *,
    channel: Annotated[list[Channel] | None, typer.Option(help="Only this channel; may be repeated.")] = None,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Send a message to yourself, as a customer would get it, through the real providers.

    It is marked as a test, counts in no cap and no report, and its links unsubscribe nobody.
    """
    from kaskad.cli.authoring.checked_project import load_checked
    from kaskad.services.previews import content_checks, find_reader
    from kaskad.services.previews.send_test import SendTestOutcome
    from kaskad.services.previews.send_test import send_test as send

    root, name = find_project_folder(project), message.replace("-", "_")
    draft = load_checked(root, [name])
    (compiled,) = content_checks.select_messages(draft, [name])

    async def work(runtime: Runtime) -> list[SendTestResult]:
        now = datetime.now(UTC)
        reader = await find_reader(runtime, draft.project, name, customer=customer, locale=None, now=now)
        return await send(
            runtime, root, draft.project, message=compiled, reader=reader, to=to, now=now, channels=channel or []
        )

    tried = run_with_runtime(root, work)
    if as_json:
        output.print_json({"message": name, "as": customer, "channels": [asdict(result) for result in tried]})
    else:
        rows = [(result.channel, result.address, result.outcome, result.provider, result.detail) for result in tried]
        output.print_table(("channel", "to", "", "provider", "its answer"), rows)
    if any(result.outcome is not SendTestOutcome.SENT for result in tried):
        raise typer.Exit(1)
