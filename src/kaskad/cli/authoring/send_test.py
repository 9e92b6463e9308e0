"""`kaskad send-test`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import typer

from kaskad.cli import output
from kaskad.cli.authoring.validate import load_checked
from kaskad.cli.session import find_project_folder, run_with_runtime
from kaskad.domain.channel import Channel
from kaskad.runtime import Runtime
from kaskad.services.previews import content_checks, find_reader
from kaskad.services.previews.send_test import SendTestOutcome, SendTestResult
from kaskad.services.previews.send_test import send_test as send


def send_test(project: Path | None, name: str, customer: str, to: str, channels: Sequence[str], as_json: bool) -> None:
    """Sends the test, and prints the result in each channel; exits with 1 if one was not sent."""
    root, message = find_project_folder(project), name.replace("-", "_")
    draft = load_checked(root, [message])
    (compiled,) = content_checks.select_messages(draft, [message])
    wanted = [Channel(one) for one in channels]

    async def work(runtime: Runtime) -> list[SendTestResult]:
        now = datetime.now(UTC)
        reader = await find_reader(runtime, draft.project, message, customer, None, now)
        return await send(runtime, root, draft.project, compiled, reader, to, now, wanted)

    tried = run_with_runtime(root, work)
    if as_json:
        output.print_json({"message": message, "as": customer, "channels": [asdict(one) for one in tried]})
    else:
        rows = [(one.channel, one.address, one.outcome, one.provider, one.detail) for one in tried]
        output.print_table(("channel", "to", "", "provider", "its answer"), rows)
    if any(one.outcome is not SendTestOutcome.SENT for one in tried):
        raise typer.Exit(1)
