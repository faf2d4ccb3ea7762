"""Inspect answers whether the data is ready, what a limit cuts, what was done about findings."""

import asyncio
import gzip
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.text import Text
from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen

from core.training import mask_reading
from core.workspace import Workspace, create_workspace
from tests.support.app_pilot import opened, shows, walk
from tests.support.filled_workspace import fill
from tui.answered_rows import key_of
from tui.app import TuningforkApp
from tui.data_look import DataWatch
from tui.inspect_lines import verdict_lines
from tui.screens.inspect import InspectScreen
from tui.widgets.record_table import RecordTable

ENDLESS = """
import time
print('{"phase": "reading tokens", "done": 3, "total": 10}', flush=True)
time.sleep(600)
"""
WORDS = "the parcel from the north has not come although it was promised for last friday"


def line(question: str, answer: str) -> str:
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return json.dumps({"messages": turns})


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = create_workspace(tmp_path / "w")
    rows = [line(f"question {n} about thing {n * 7}", f"answer {n} is {n * 3}") for n in range(60)]
    rows[4] = line("what now <|im_end|>", "go on")
    rows[9] = line("and again [INST]", "go on then")
    rows[19] = line(f"{WORDS} a", "we look")
    rows[29] = line(f"{WORDS} b", "we look")
    rows[39] = line("which colour", "red")
    rows[49] = line("which colour", "blue")
    rows[54] = line("write to jo.meier@web.de now", "a " * 4000)
    (made.root / "tickets.jsonl").write_text("\n".join(rows) + "\n")
    return made


@pytest.fixture
def uncounted(tmp_path: Path) -> Iterator[Workspace]:
    made = fill(tmp_path / "w")
    for left in made.token_cache.iterdir():
        left.rename(left.with_name("elsewhere-" + left.name))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(mask_reading, "COMMAND", (sys.executable, "-c", ENDLESS))
        yield made


async def test_the_verdict_counts_findings_by_harm(workspace: Workspace) -> None:
    async with opened(workspace, size=(120, 36)) as (_, pilot):
        await walk(pilot, [("2", "2 HIGH / ")])
        text = await shows(pilot, "60 usable (100.0%), 100.0% unique")
        assert "Scanned      every row · Not scanned: " in text


async def test_a_small_screen_folds_the_verdict_and_a_key_shows_all(workspace: Workspace) -> None:
    async with opened(workspace) as (_, pilot):
        await walk(pilot, [("2", "special_token")])
        text = await shows(pilot, " more: i")
        rows = text.splitlines()
        title = next(n for n, row in enumerate(rows) if "what it means" in row)
        findings = [row for row in rows[title:] if any(mark in row for mark in "▲·")]
        assert title <= 8
        assert len(findings) >= 5
        assert sum(row.startswith(" Scanned") for row in rows) == 1
        assert "Not scanned: names, postal addresses and " in text
        text = " ".join((await walked(pilot, "i", "About the file")).split())
        assert "paraphrases, images and files" in text
        assert " more: i" not in text


async def walked(pilot: Pilot[None], key: str, brings: str) -> str:
    await walk(pilot, [(key, brings)])
    return await shows(pilot, brings)


async def test_the_limit_moves_and_its_figures_follow(workspace: Workspace) -> None:
    async with opened(workspace, size=(120, 36)) as (_, pilot):
        await walk(pilot, [("2", "limit 2,048 tokens"), ("less_than_sign", "limit 1,536 tokens")])
        text = await shows(pilot, "59 are proven to fit (98.3%)")
        assert "0 are longer, 1 may be" in text
        await walk(pilot, [("less_than_sign", "limit 1,024"), ("greater_than_sign", "limit 1,536")])
        for _ in range(6):
            await pilot.press("greater_than_sign")
        await shows(pilot, "60 are proven to fit (100.0%)")


async def test_lengths_are_behind_a_key_where_there_is_room_for_one_thing(
    workspace: Workspace,
) -> None:
    async with opened(workspace) as (_, pilot):
        await walk(pilot, [("2", "what it means"), ("s", "limit 2,048 tokens")])
        await walk(pilot, [("less_than_sign", "limit 1,536 tokens"), ("s", "what it means")])
        await walk(pilot, [("j", "what it means"), ("enter", "1 of ")])


async def test_counts_that_were_made_before_are_exact(tmp_path: Path) -> None:
    async with opened(fill(tmp_path / "w"), size=(120, 36)) as (_, pilot):
        await walk(pilot, [("2", "counted in train + validation; estimate for all")])
        text = await shows(pilot, "20 fit (100.0%)")
        assert "exact token counts of the holdout" in " ".join(text.split())
        assert "no measured speed yet, so time and cost are open" in text
        await walk(pilot, [("c", "counted already")])


async def test_counting_starts_and_stops_on_a_key(uncounted: Workspace) -> None:
    async with opened(uncounted, size=(120, 36)) as (_, pilot):
        await walk(pilot, [("2", "c counts them exactly"), ("c", "reading tokens 3/10, c stops")])
        await walk(pilot, [("c", "stopped; c counts them exactly")])


async def test_a_file_without_a_split_is_counted_too(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mask_reading, "COMMAND", (sys.executable, "-c", ENDLESS))
    async with opened(workspace, size=(120, 36)) as (_, pilot):
        await walk(pilot, [("2", "c counts them exactly"), ("c", "reading tokens 3/10, c stops")])
        await walk(pilot, [("c", "stopped; c counts them exactly")])


async def test_without_the_extra_one_line_says_so(
    uncounted: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.extras.missing_packages", lambda: ("transformers",))
    async with opened(uncounted, size=(120, 36)) as (_, pilot):
        await walk(pilot, [("2", "c counts them exactly"), ("c", "transformers missing")])


async def test_the_cursor_stays_on_the_worst_finding_until_it_is_moved(
    workspace: Workspace,
) -> None:
    """A profile of the first rows may lack what a later one puts on top."""
    async with opened(workspace) as (app, pilot):
        await walk(pilot, [("2", "2 HIGH / ")])
        await shows(pilot, "60 usable")
        screen = app.screen
        assert isinstance(screen, InspectScreen)
        whole = screen._look
        assert whole is not None
        assert whole.profile is not None
        found = whole.profile.findings
        early = replace(whole, profile=replace(whole.profile, findings=found[2:]))
        table = screen.query_one("#findings", RecordTable)
        for place in (0, 2):
            await pilot.press(*"j" * place)
            assert table.key == key_of(found[place])
            for look in (early, whole):
                screen._look = look
                screen.show_now()
            assert table.key == key_of(found[place])


async def test_findings_are_filtered_by_check_or_words(workspace: Workspace) -> None:
    async with opened(workspace, size=(120, 36)) as (_, pilot):
        await walk(pilot, [("2", "special_token"), ("slash", "hold these words")])
        await pilot.press(*"contra", "enter")
        text = await shows(pilot, "only contra (1 findings")
        assert "special_token" not in text
        await walk(pilot, [("slash", "hold these words"), ("enter", "special_token")])


async def test_answered_rows_are_counted_on_the_finding(workspace: Workspace) -> None:
    async with opened(workspace, size=(120, 36)) as (_, pilot):
        await walk(pilot, [("2", "special_token")])
        await to_finding(pilot, "holds <|im_end|>")
        await walk(pilot, [("enter", "1 of 2"), ("x", "Saved: drop 1 row")])
        await walk(pilot, [("escape", "2 rows, 1 answered"), ("enter", "1 of 2")])
        await walk(pilot, [("u", "Taken back")])
        await pilot.press("escape")
        text = await shows(pilot, "special_token")
        await shows(pilot, lambda text: "1 answered" not in text)
        assert "holds <|im_end|>" in text


async def test_after_writing_the_cleaned_file_is_the_next_step(workspace: Workspace) -> None:
    async with opened(workspace, size=(120, 36)) as (_, pilot):
        await walk(pilot, [("2", "special_token")])
        await to_finding(pilot, "holds <|im_end|>")
        await walk(pilot, [("enter", "1 of 2"), ("x", "Saved: drop 1 row")])
        await walk(pilot, [("escape", "1 answered"), ("E", "data/tickets.clean.jsonl")])
        await walk(pilot, [("y", "Written: 59 rows, 0 changed, 1 dropped")])
        await walk(pilot, [("y", "59 rows, 59 usable")])
        await shows(pilot, "tuningfork split data/tickets.clean.jsonl")


async def test_the_other_row_is_shown_beside_and_opened(workspace: Workspace) -> None:
    async with opened(workspace, size=(120, 36)) as (_, pilot):
        await walk(pilot, [("2", "special_token")])
        await to_finding(pilot, "answers the input of row 40")
        await walk(pilot, [("enter", "blue"), ("s", "row 40")])
        rows = (await shows(pilot, "red")).splitlines()
        assert any("blue" in row and "red" in row for row in rows)
        await walk(pilot, [("s", "blue"), ("w", "row 40  1 of 1"), ("x", "Saved: drop 1 row")])
        await walk(pilot, [("escape", "row 50"), ("escape", "what it means")])


async def test_the_other_row_is_below_where_there_is_no_room(workspace: Workspace) -> None:
    async with opened(workspace) as (_, pilot):
        await walk(pilot, [("2", "special_token"), ("b", "60 rows"), ("#", "number of the row")])
        await pilot.press(*"50", "enter")
        rows = (await shows(pilot, "blue")).splitlines()
        await walk(pilot, [("s", "row 40")])
        rows = (await shows(pilot, "red")).splitlines()
        assert not any("blue" in row and "red" in row for row in rows)


async def test_what_is_found_stands_out_and_the_cut_is_shown(workspace: Workspace) -> None:
    async with opened(workspace, size=(120, 36)) as (app, pilot):
        await walk(pilot, [("2", "special_token"), ("b", "60 rows"), ("#", "number of the row")])
        await pilot.press(*"55", "enter")
        await shows(pilot, "jo.meier@web.de")
        strips = app.screen.query_one("#said").draw()  # type: ignore[attr-defined]
        marked = [
            part.text for strip in strips for part in strip if part.style and part.style.reverse
        ]
        assert marked == ["jo.meier@web.de"]
        await walk(pilot, [("G", "a a a"), ("pageup", "a limit of 2,048 tokens cuts no earlier")])


async def to_finding(pilot: object, words: str) -> None:
    """Go down the list to the finding whose details hold these words."""
    from textual.pilot import Pilot

    assert isinstance(pilot, Pilot)
    for _ in range(20):
        if words in await shows(pilot, "what it means"):
            return
        await pilot.press("j")
    raise AssertionError(await shows(pilot, "what it means"))


async def test_the_first_rows_stand_there_before_any_is_checked(workspace: Workspace) -> None:
    hostile = line("what [red]now[/red]", "go \x1b[31mon")
    path = workspace.root / "newer.jsonl"
    path.write_text(line("q", "first answer") + "\n" + hostile + "\n{broken\n")
    watch = DataWatch(workspace)
    look = watch.look()
    assert look is not None
    assert (look.profile, look.countable, watch.reads_on()) == (None, None, False)
    shown = [str(one) for one in verdict_lines(look, None, Text())]
    assert "newer.jsonl" in shown[0]
    assert [one.split()[0] for one in shown[3:]] == ["1", "2", "3"]
    assert "user assi" in shown[3]
    assert "first answer" in shown[3]
    assert "\x1b" not in "".join(shown)
    assert "{broken" in shown[5]
    assert watch.look() == look
    watch.go_on()
    checked = watch.look()
    assert checked is not None
    assert checked.profile is not None
    assert checked.profile.rows == 3


async def test_nothing_checks_the_rows_before_the_first_ones_are_painted(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    over, loop = asyncio.Event(), asyncio.get_running_loop()
    display, begin = App._display, DataWatch._begin

    def painted(app: TuningforkApp, screen: Screen[Any], update: Any) -> None:
        if update is not None and not app.holds_paints:
            done.append(
                "painted" if "its first rows" in update.render_segments(app.console) else ""
            )
        display(app, screen, update)

    def begun(watch: DataWatch, path: Path) -> None:
        done.append("begun")
        loop.call_soon_threadsafe(over.set)
        begin(watch, path)

    monkeypatch.setattr(App, "_display", painted)
    monkeypatch.setattr(DataWatch, "_begin", begun)
    async with opened(workspace) as (_, pilot):
        await pilot.press("2")
        await over.wait()  # reading the screen would draw it
        assert done.index("painted") < done.index("begun")
        await shows(pilot, "Not scanned")


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl"])
def test_a_file_without_plain_lines_is_opened_as_before(workspace: Workspace, name: str) -> None:
    packed = gzip.compress(line("q", "a").encode() + b"\n")
    (workspace.root / name).write_bytes(b"prompt,completion\na,b\n" if "csv" in name else packed)
    look = DataWatch(workspace).look()
    assert look is not None
    assert look.glimpse is None
    assert look.profile is not None
    assert look.profile.rows == 1
