"""A worker loads its flows before it shows itself: without the journey's it is none, without another it is one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest

from kaskad.orchestration.flow_execution import FlowLoader

GOOD = "from prefect import flow\n@flow\nasync def f(): ...\n"
BROKEN = {
    "its import fails": "import no_such_module_anywhere",
    "it has no such flow": "",
    "it is not async": "from prefect import flow\n@flow\ndef f(): ...\n",
}


def module(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The entrypoint of a new module with this text."""
    name = f"flow_{uuid4().hex}"
    (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(folder)
    return f"{name}:f"


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_without_the_first_nothing_is_begun(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [module(tmp_path, source, monkeypatch) for source in (text, GOOD)]
    with pytest.raises(Exception, match=r"no_such_module|no async flow"):
        asyncio.run(FlowLoader().load_all(wanted))


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_one_that_cannot_be_loaded_leaves_the_others(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wanted = [module(tmp_path, source, monkeypatch) for source in (GOOD, text, GOOD)]
    asyncio.run(FlowLoader().load_all(wanted))
    assert [record.message for record in caplog.records] == [
        f"{wanted[1]} cannot be loaded: its runs will crash",
    ]
