"""A rater without a terminal: a real browser, the printed link, one item scored."""

import asyncio
import importlib.util
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

if importlib.util.find_spec("textual_serve") is None:
    pytest.skip("the extra [browser] is not installed", allow_module_level=True)

from core.scoring.study.folder import StudyFolder
from core.scoring.study.opened import read_locked, read_logs
from core.scoring.study.rating_log import RatingEvent, read_log
from tests.support.chromium import BROWSER, browser
from tests.support.command import TUNINGFORK
from tests.support.studies import locked


async def _link(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 120)
    return str(json.loads(line)["url"])


@pytest.mark.skipif(BROWSER is None, reason="no chromium is installed on this machine")
async def test_a_rater_scores_an_item_in_a_browser(tmp_path: Path) -> None:
    folder = locked(tmp_path / "ws", 2)
    words = ("serve", folder.id, "--rater", "ada", "--json", "-w", str(tmp_path / "ws"))
    process = await asyncio.create_subprocess_exec(
        TUNINGFORK, *words, stdout=subprocess.PIPE, cwd=tmp_path
    )
    try:
        link = await _link(process)
        async with browser(tmp_path / "browser") as tab:
            await tab.call("Page.enable")
            bare = link.partition("?")[0]
            await tab.call("Page.navigate", url=bare)
            await tab.until("document.body && document.body.innerText.includes('printed')")
            await tab.call("Page.navigate", url=link)
            await tab.until("document.body && document.body.classList.contains('-first-byte')")
            assert await tab.value("window.location.href") == bare, "no token in the address"

            await tab.press_until("5", lambda: len(sides_rated(folder)) == 4, "four scores on disk")
            await tab.press_until("Enter", lambda: "commit" in kinds(folder), "a finished item")
    finally:
        process.terminate()
        await process.wait()
    logs = read_logs(folder, read_locked(folder))
    assert not logs.problems
    assert list(logs.standings) == ["ada"]
    assert {event.value for event in events(folder) if event.kind == "rate"} == {5}


def events(folder: StudyFolder) -> Sequence[RatingEvent]:
    """Return what is on disk of the rater's work."""
    if not folder.log("ada").exists():
        return []
    return read_log(folder.log("ada"), seal=read_locked(folder).seal).events


def kinds(folder: StudyFolder) -> set[str]:
    return {event.kind for event in events(folder)}


def sides_rated(folder: StudyFolder) -> set[str]:
    return {event.side for event in events(folder) if event.kind == "rate"}
