import json
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from core.events.schema import SampleTaken
from core.jobs.compare import Asked, Comparison, compare
from core.jobs.status import Viewer
from core.text_safety import visible
from core.workspace import Workspace, create_workspace
from tests.support.app_pilot import opened, shows, walk
from tests.support.command import tuningfork
from tests.support.filled_workspace import FAILED, FINISHED, add_run
from tests.support.hostile import HOSTILE
from tui.compare_look import CompareWatch, plain_lines, table_lines
from tui.compare_samples import sample_lines
from tui.job_rows import JobRow
from tui.runs_table import Choice, chosen
from tui.widgets.overlay import Overlay, overlay_rows
from tui.widgets.page import Hanging, Line
from tui.widgets.plotting import Plot, Range

LIST = [("3", "Training runs")]


def row(id: str, **more: object) -> JobRow:
    given = {
        "kind": "train",
        "name": id,
        "state": "finished",
        "where": "",
        "how_far": "",
        "left": "",
        "best": "",
        "newest": "",
        "created_at": id,
    }
    return JobRow(id=id, **(given | more))  # type: ignore[arg-type]


ROWS = (
    row("a", best_loss=0.9, seconds=30.0, data="ff01"),
    row("b", best_loss=None, state="failed"),
    row("c", best_loss=0.2, seconds=5.0, name="Zebra"),
)


def ids(choice: Choice) -> str:
    return "".join(one.id for one in chosen(ROWS, choice))


def test_runs_are_sorted_by_any_column_and_what_is_unknown_comes_last() -> None:
    assert ids(Choice()) == "cba"
    assert ids(Choice(reverse=True)) == "abc"
    assert ids(Choice(order=3)) == "cab"
    assert ids(Choice(order=3, reverse=True)) == "acb"
    assert ids(Choice(order=4)) == "cab"
    assert ids(Choice(order=5)) == "abc"


def test_a_filter_needs_every_word_anywhere() -> None:
    assert ids(Choice(words="zeb")) == "c"
    assert ids(Choice(words="FAILED train")) == "b"
    assert ids(Choice(words="ff0")) == "a"
    assert ids(Choice(words="zeb failed")) == ""


def three_runs(root: Path, words: tuple[str, ...] = ("first", "second", "third")) -> Workspace:
    workspace = create_workspace(root, name="tickets")
    for number, name in enumerate(words, 1):
        end = FAILED if number == 3 else FINISHED
        folder = add_run(workspace, name, number=number, steps=40 * number, end=end)
        folder.recipe.write_text(f"seed = 17\n[lora]\nrank = {8 * number}\n")
    return workspace


async def test_the_key_that_trains_is_shown_and_no_key_that_needs_a_run(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "ws")
    async with opened(workspace, size=(120, 30)) as (_, pilot):
        await pilot.press("3")
        keys = (await shows(pilot, "No run yet")).splitlines()[-1]
        assert keys.split()[:2] == ["T", "train"]
        assert not {"open", "mark", "filter", "sort"} & set(keys.split())
        add_run(workspace, "one", end=FINISHED)
        keys = (await shows(pilot, "1 run, 0 under way")).splitlines()[-1]
        assert {"open", "mark", "filter", "sort", "train"} <= set(keys.split())


async def test_the_list_filters_sorts_marks_and_opens_a_comparison(tmp_path: Path) -> None:
    async with opened(three_runs(tmp_path / "w"), size=(120, 36)) as (_app, pilot):
        await walk(pilot, [*LIST, ("/", "words of a name")])
        await pilot.press(*"third")
        await shows(pilot, lambda text: "1 of 3 runs" in text and "second" not in text)
        await walk(pilot, [("enter", "with third"), ("/", "third")])
        await walk(pilot, [("escape", "second"), ("s", "by name"), ("o", "reversed")])
        await walk(pilot, [("space", "mark another"), ("space", "2 marked: enter compares")])
        text = await shows(pilot, "2 marked")
        assert text.count("✓ ") >= 2
        await walk(pilot, [("enter", "lora.rank"), ("t", "30 s"), ("s", "past kept"), ("o", "A")])
        await walk(pilot, [("v", "tuningfork compare"), ("escape", "lora.rank")])
        await walk(pilot, [("escape", "2 marked"), ("k", "2 marked"), ("space", "1 marked")])
        await walk(pilot, [("enter", "loss")])


def test_each_curve_of_a_comparison_has_its_own_mark(tmp_path: Path) -> None:
    workspace = three_runs(tmp_path / "w")
    watch = CompareWatch(tuple(workspace.run_folders()))
    watch.look()
    watch.view = type(watch.view)(columns=(80, 0, 0, 0, 0))
    look = watch.present()
    values = [value for one in look.overlays for value in one.values]
    for level in ("braille", "block", "ascii"):
        rows = overlay_rows(
            look.overlays,
            look.frame,
            Range(min(values), max(values)),
            width=60,
            height=12,
            level=level,  # type: ignore[arg-type]
            log=False,
        )
        drawn = "\n".join(one.plain for one in rows)
        assert {"A", "B", "C", "c"} <= set(drawn), level
        assert {cell_len(one.plain) for one in rows[:-1]} == {60}
    lone = overlay_rows(
        (Overlay(letter="F", ink="good"),),
        Plot(),
        Range(0, 1),
        width=30,
        height=8,
        level="braille",
        log=False,
    )
    assert "F" not in "".join(one.plain for one in lone)


def plain(lines: list[Line]) -> list[str]:
    return [(line.text if isinstance(line, Hanging) else line).plain for line in lines]


def answered(*texts: str, reference: str = "refund") -> Comparison:
    answers = tuple(SampleTaken(step=40, key="row 1", text=text) for text in texts)
    row = Asked("row 1", "What now?", reference, answers)
    return Comparison(runs=(), differences=(), same_data=None, asked=(row,))


@given(st.lists(st.text(max_size=60) | st.sampled_from(HOSTILE), min_size=2, max_size=6))
def test_answers_stand_side_by_side_in_columns_of_one_width(texts: list[str]) -> None:
    lines = plain(sample_lines(answered(*texts), 24 * len(texts) + 2))
    rows = [line for line in lines if line.startswith("  ") and "should say" not in line]
    rows = [row for row in rows if not row.startswith("  prompt")]
    assert {cell_len(row) for row in rows} == {24 * len(texts) + 2}
    assert all(visible(row) == row for row in rows)


def test_answers_say_whose_they_are_and_which_are_as_they_should_be() -> None:
    found = answered("refund", "a long answer that must be broken between its words")
    beside = plain(sample_lines(found, 60))
    assert "  prompt     What now?" in beside
    assert "  should say refund" in beside
    assert beside[3].split() == ["A", "step", "40", "✓", "B", "step", "40"]
    assert beside[4].split("  ")[1] == "refund"
    assert [row[31:].rstrip() for row in beside[4:]] == [
        "a long answer that must be",
        "broken between its words",
    ]
    below = plain(sample_lines(found, 40))
    assert "    a long answer that must be broken between its words" in below
    assert "No run" in plain(sample_lines(replace(found, asked=()), 60))[0]


async def test_the_cursor_reads_every_run_of_a_comparison_at_one_place(tmp_path: Path) -> None:
    async with opened(three_runs(tmp_path / "w"), size=(120, 36)) as (_app, pilot):
        await walk(pilot, [*LIST, ("space", "1 marked"), ("space", "2 marked"), ("space", "3 ma")])
        await walk(pilot, [("enter", "newest"), ("left", "@80"), ("left", "step 11")])
        text = await shows(pilot, "│")
        (row,) = [line for line in text.splitlines() if line.startswith(" step 11")]
        assert "@40" in row
        assert "@80" in row
        await walk(pilot, [("t", "newest"), ("left", "after"), ("n", "newest")])
        await shows(pilot, lambda text: "│" not in text)
        await walk(pilot, [("]", "a plain word"), ("]", "lora.rank")])


def test_names_in_a_comparison_are_not_obeyed(tmp_path: Path) -> None:
    words = tuple(word for word in HOSTILE if word.strip())[:3]
    workspace = three_runs(tmp_path / "w", words)
    found = compare([Viewer(folder) for folder in workspace.run_folders()])
    for line in plain_lines(found):
        assert visible(line) == line
    for shown in table_lines(found, 80):
        assert visible(shown.plain) == shown.plain  # type: ignore[union-attr]


def test_the_command_prints_the_same_as_lines_and_as_json(tmp_path: Path) -> None:
    workspace = three_runs(tmp_path / "w")
    runs = [folder.id for folder in workspace.run_folders()]
    done = tuningfork("compare", *runs, "-w", workspace.root, cwd=tmp_path)
    assert done.code == 0
    assert "lora.rank: 8 | 16 | 24" in done.out
    assert "state: ✓ finished | ✓ finished | ▲ failed" in done.out
    done = tuningfork("compare", *runs[:2], "-w", workspace.root, "--json", cwd=tmp_path)
    found = json.loads(done.out)
    assert found["differences"] == [{"field": "lora.rank", "values": [8, 16]}]
    assert set(found) == {"runs", "same_data", "differences", "samples"}
    assert tuningfork("compare", runs[0], "-w", workspace.root, cwd=tmp_path).code == 2
