"""From saving the YAML to the first send under the new version: through the real house, by the clock on the wall."""

from __future__ import annotations

import re
import time

from hurried_shop import person, purchase
from standing import Stand, until

FILE = "configs/journeys/thank_you.yaml"


def test_from_saving_the_file_to_the_first_send_under_the_new_version(house: Stand) -> None:
    """Somebody stands in the old version, and goes over: the new one's letter goes to her and not the old one's."""
    path = house.folder / FILE
    before = path.read_text()
    waits = before.replace("- wait: 1s", "- wait: 1h")
    assert waits != before
    path.write_text(waits + "edits: follow\n")
    try:
        assert house.command("publish").code == 0
        house.post(*person("zoya", "email"), purchase("zoya"))
        until(lambda: inside(house) >= 1, 20, house.tell)
        planned = house.command("publish", "--plan")
        assert planned.code == 0, planned.out
        (wait,) = re.findall(r'"(wait:\w+)"', stranded(house, waits))
        saved = time.monotonic()
        path.write_text(f'{before}edits: follow\nmoved: {{"{wait}": "send:how_was_it"}}\n')
        done = house.command("publish")
        published = time.monotonic() - saved
        assert done.code == 0, done.out + done.err
        house.waits_for("zoya", within=30)
        sent = time.monotonic() - saved
        print(f"\nsaved → published: {published:.1f} s, → first send under the new version: {sent:.1f} s")
        assert len(house.received("zoya")) == 1
        number = house.command("versions", "thank_you", "--json").document["versions"][0]["number"]
        assert f"went over to version {number}" in house.command("explain", "zoya").out
    finally:
        path.write_text(before)
        assert house.command("publish").code == 0


def inside(house: Stand) -> int:
    """How many are in the current version now."""
    versions = house.command("versions", "thank_you", "--json").document["versions"]
    return next(int(one["inside"]) for one in versions if one["state"] == "current")


def stranded(house: Stand, waits: str) -> str:
    """What publishing says while nothing tells where those go whose step is gone."""
    path = house.folder / FILE
    path.write_text(waits.replace("  - wait: 1h\n", "") + "edits: follow\n")
    said = house.command("publish")
    assert said.code == 1, said.out
    return said.out
