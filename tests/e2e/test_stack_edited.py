"""From saving the YAML to the first send under the new version: through the real stack, by the clock on the wall."""

from __future__ import annotations

import re
import time

from tests.e2e.hurried_shop import person, purchase
from tests.e2e.standing import Stand, until

FILE = "configs/journeys/thank_you.yaml"


def test_from_saving_the_file_to_the_first_send_under_the_new_version(stack: Stand) -> None:
    """Somebody stands in the old version, and goes over: the new one's letter goes to her and not the old one's."""
    path = stack.folder / FILE
    before = path.read_text()
    waits = before.replace("- wait: 1s", "- wait: 1h")
    assert waits != before
    path.write_text(waits + "edits: follow\n")
    try:
        assert stack.command("publish").code == 0
        stack.post(*person("zoya", "email"), purchase("zoya"))
        until(lambda: stands_at_a_wait(stack, "zoya"), 20, stack.tell)
        planned = stack.command("publish", "--plan")
        assert planned.code == 0, planned.out
        (wait,) = re.findall(r'"(wait:\w+)"', stranded(stack, waits))
        saved = time.monotonic()
        path.write_text(f'{before}edits: follow\nmoved: {{"{wait}": "send:how_was_it"}}\n')
        done = stack.command("publish")
        published = time.monotonic() - saved
        assert done.code == 0, done.out + done.err
        stack.waits_for("zoya", within=30)
        sent = time.monotonic() - saved
        print(f"\nsaved → published: {published:.1f} s, → first send under the new version: {sent:.1f} s")
        assert len(stack.received("zoya")) == 1
        number = stack.command("versions", "thank_you", "--json").document["versions"][0]["number"]
        assert f"moved to version {number}" in stack.command("explain", "zoya").out
    finally:
        path.write_text(before)
        assert stack.command("publish").code == 0


def stands_at_a_wait(stack: Stand, customer: str) -> bool:
    """Whether the customer stands at a wait; others may be inside too."""
    with stack.database() as connection:
        query = """SELECT e.step FROM enrollment e JOIN identity i USING (customer_id)
                    WHERE e.journey = 'thank_you' AND i.value = %s"""
        return any((step or "").startswith("wait:") for (step,) in connection.execute(query, [customer]))


def stranded(stack: Stand, waits: str) -> str:
    """What publishing says while nothing tells where those go whose step is gone."""
    path = stack.folder / FILE
    path.write_text(waits.replace("  - wait: 1h\n", "") + "edits: follow\n")
    said = stack.command("publish")
    assert said.code == 1, said.out
    return said.out
