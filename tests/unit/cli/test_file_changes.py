"""Which files changed, told once the editor is done with them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from kaskad.cli.watch.file_changes import read_stamps, watch_files

pytestmark = pytest.mark.anyio
EVERY = 0.02


async def heard(root: Path, *strokes: tuple[str, str | None]) -> frozenset[str]:
    """What is told after these files were written, or taken away, one right after the other."""
    changes = watch_files(root, EVERY)
    next_ = asyncio.ensure_future(anext(changes))
    await asyncio.sleep(EVERY * 3)
    assert not next_.done(), "nothing has changed yet"
    for name, text in strokes:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            path.unlink()
        else:
            path.write_text(text)
    try:
        return await asyncio.wait_for(next_, 5)
    finally:
        await changes.aclose()


async def test_what_was_written_added_and_taken_away_is_told_together(tmp_path: Path) -> None:
    for name in ("configs/shop.yaml", "templates/a/sms.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("a")
    changed = await heard(
        tmp_path, ("configs/shop.yaml", "longer"), ("templates/b/sms.yaml", "new"), ("templates/a/sms.yaml", None)
    )
    assert changed == {"configs/shop.yaml", "templates/a/sms.yaml", "templates/b/sms.yaml"}


async def test_what_editors_leave_beside_is_not_the_project(tmp_path: Path) -> None:
    for name in ("configs/.shop.yaml.swp", "configs/shop.yaml~", "configs/shop.yaml.tmp", "notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("a")
    assert read_stamps(tmp_path) == {}


async def test_what_is_still_being_written_is_not_told_yet(tmp_path: Path) -> None:
    (tmp_path / "configs").mkdir()
    changes = watch_files(tmp_path, every=0.2)
    next_ = asyncio.ensure_future(anext(changes))
    await asyncio.sleep(0.3)
    for stroke in range(14):
        (tmp_path / "configs" / f"{stroke}.yaml").write_text("a")
        await asyncio.sleep(0.05)
    assert await asyncio.wait_for(next_, 5) == {f"configs/{stroke}.yaml" for stroke in range(14)}
    await changes.aclose()
