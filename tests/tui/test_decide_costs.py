"""The costs of a decision on the screen: a plot, the same as text, and prices that are missing."""

import json
from argparse import Namespace
from pathlib import Path

import pytest

from core.decide.draft import Draft, write_draft
from core.workspace import Workspace, create_workspace
from tests.support.app_pilot import opened, shows, walk
from tests.support.decisions import record
from tui.commands import decide

TUNED = {
    "strong_prompt_tried": "yes",
    "strong_prompt_solves": "no",
    "fixed_format_or_tone": "yes",
    "labelled_examples": 600,
    "requests_per_day": 12_000,
}
OPEN = [
    ("1", "answers wait"),
    ("w", "Question"),
    ("r", "Recommended"),
    ("c", "Hosted against an own machine"),
]


def tuned(root: Path, **changed: object) -> Workspace:
    workspace = create_workspace(root, name="tickets")
    write_draft(workspace.decision_draft, Draft(given={**TUNED, **changed}))
    return workspace


async def test_the_plot_marks_the_own_volume_and_its_words_say_what_is_cheaper(
    tmp_path: Path,
) -> None:
    async with opened(tuned(tmp_path / "w")) as (_app, pilot):
        await walk(pilot, OPEN)
        text = await shows(pilot, "offer 1 of 2")
        assert "USD a month by requests a day" in text
        assert any("▲" in row and "└" in row for row in text.splitlines())
        assert "12,000 requests a day: USD" in text
        first = next(row for row in text.splitlines() if "hosted:" in row)
        await walk(pilot, [("n", "offer 2 of 2"), ("n", "offer 1 of 2"), ("p", "offer 2 of 2")])
        assert first not in await shows(pilot, "offer 2 of 2")
        await walk(pilot, [("G", "Prices that are missing"), ("escape", "Recommended")])


async def test_the_table_on_the_screen_is_that_of_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = tuned(tmp_path / "w")
    file = tmp_path / "answers.toml"
    file.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in TUNED.items()))
    given = {"questions": False, "answers": file, "save": False, "name": "n", "json": False}
    more = {
        "markdown": False,
        "record": False,
        "measure": None,
        "expect": None,
        "workspace": workspace.root,
    }
    decide.run(Namespace(**given, **more))
    printed = [line.strip() for line in capsys.readouterr().out.splitlines()]
    start = next(n for n, line in enumerate(printed) if line.startswith("requests a day"))
    table = printed[start : start + 6]
    assert any("your volume" in line for line in table)
    async with opened(workspace, size=(120, 60)) as (_app, pilot):
        await walk(pilot, OPEN)
        text = await shows(pilot, "your volume")
        assert all(line in text for line in table), (table, text)


async def test_a_price_that_is_entered_while_one_reads_is_used(tmp_path: Path) -> None:
    workspace = tuned(tmp_path / "w")
    async with opened(workspace, size=(120, 60)) as (app, pilot):
        await walk(pilot, [*OPEN, ("y", "Copied")])
        assert 'unit = "hour_of_work"' in app.clipboard
        await walk(pilot, [("v", "prices.toml"), ("escape", "Prices that are missing")])
        workspace.prices.write_text(app.clipboard.replace("0.00", "40"))
        await shows(pilot, lambda text: "Prices that are missing" not in text)
        workspace.prices.write_text("[[price]]\n")
        said = "prices.toml: price.0.provider is missing"
        await shows(pilot, lambda text: said in " ".join(text.split()))  # the path may wrap it


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"data_may_leave": "no"}, "Data may not leave, so there is no hosted service"),
        ({"strong_prompt_solves": "yes"}, "Nothing is tuned"),
    ],
)
async def test_where_nothing_can_be_drawn_the_reason_stands(
    tmp_path: Path, changed: dict[str, object], words: str
) -> None:
    async with opened(tuned(tmp_path / "w", **changed)) as (_app, pilot):
        await walk(pilot, [*OPEN[:3], ("c", words)])
        assert "no break-even to draw" in await shows(pilot, words)


async def test_a_volume_that_nobody_knows_is_asked_for(tmp_path: Path) -> None:
    async with opened(tuned(tmp_path / "w", requests_per_day=None)) as (_app, pilot):
        await walk(pilot, [*OPEN, ("G", "missing")])
        await walk(pilot, [("g", "Your volume is not known")])


@pytest.mark.parametrize(
    "bill", ["3", "[]", '{"break_even": 3, "missing": [3]}', '{"break_even": [{"slope": 1}]}', "{}"]
)
async def test_costs_of_another_shape_are_shown_as_far_as_they_go(
    tmp_path: Path, bill: str
) -> None:
    workspace = create_workspace(tmp_path / "w", name="tickets")
    result = {"recommendation": "fine_tune", "bill": json.loads(bill)}
    record(workspace, 1, name="n", result=result, answers={"requests_per_day": "many"})
    async with opened(workspace) as (app, pilot):
        await walk(pilot, [("1", "Recommended"), ("c", "No curves were kept")])
        assert app.is_running
