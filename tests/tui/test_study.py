import json
from pathlib import Path

import pytest

from core.database import connect
from core.events.schema import RunFinished
from core.scoring.study.folder import StudyFolder, study_folders
from core.scoring.study.judging import judge_study
from core.scoring.study.opened import read_locked
from core.workspace import Workspace, create_workspace, open_workspace
from tests.support.app_pilot import opened, shows, walk
from tests.support.filled_workspace import add_run, fill
from tests.support.rated_studies import SECRET, rate, study
from tests.support.screen_text import screen_text
from tests.support.studies import NOW, answered, locked
from tui.commands.verdict import newest_verdict, print_verdict


def space(folder: StudyFolder) -> Workspace:
    return open_workspace(folder.path.parents[1])


async def test_score_lists_studies_with_their_state_and_the_next_step(tmp_path: Path) -> None:
    folder = study(tmp_path / "w")
    rate(folder, "ada")
    async with opened(space(folder)) as (_app, pilot):
        await walk(pilot, [("4", "8 of 16 ratings"), ("4", "○ blind"), ("4", "8 ratings of items")])
        rate(folder, "ben")
        text = await shows(pilot, "complete")
        assert "press O for the verdict" in text
    judge_study(space(folder), folder, early=False, by="me", now=NOW)
    async with opened(space(folder)) as (_app, pilot):
        await walk(pilot, [("4", "opened")])


async def test_a_damaged_study_is_named_and_hides_no_other(tmp_path: Path) -> None:
    folder = study(tmp_path / "w")
    rate(folder, "ada", limit=1)
    broken = folder.path.with_name("older")
    broken.mkdir()
    (broken / "plan.json").write_text("{")
    async with opened(space(folder)) as (_app, pilot):
        await walk(pilot, [("4", "damaged"), ("4", "1 of 16 ratings")])


async def test_the_owner_sees_care_and_pace_while_people_rate(tmp_path: Path) -> None:
    folder = study(tmp_path / "w", traps=1)
    rate(folder, "ada")
    async with opened(space(folder), size=(120, 36)) as (_app, pilot):
        await walk(pilot, [("4", "blind"), ("enter", "120 s")])
        text = screen_text(_app)
        assert "ben" in text
        assert "of 1" in text
        assert "a plan of fixed size is not watched" in text
        assert "d details" not in text
        rate(folder, "ben", limit=2)
        await shows(pilot, "11 of 18 ratings")


async def test_evidence_is_shown_where_the_plan_lets_it_be_watched(tmp_path: Path) -> None:
    folder = study(tmp_path / "w", stopping="sequential")
    rate(folder, "ada")
    rate(folder, "ben")
    async with opened(space(folder), size=(120, 36)) as (_app, pilot):
        await walk(pilot, [("4", "complete"), ("enter", "evidence")])
        await shows(pilot, lambda text: "stops at 20" in text or "enough: you may stop" in text)


async def test_no_contender_is_named_before_the_seal_is_open(tmp_path: Path) -> None:
    folder = study(tmp_path / "w", stopping="sequential")
    rate(folder, "ada")
    rate(folder, "ben", limit=5)
    seen = []
    async with opened(space(folder), size=(200, 60)) as (app, pilot):
        for key, brings in (
            ("4", "blind"),
            ("enter", "Sealed"),
            ("v", "named when the seal is open"),
            ("escape", "Sealed"),
            ("y", "Copied"),
            ("O", "Opens the seal"),
            ("n", "○ blind"),
            ("?", "Keys"),
        ):
            await walk(pilot, [(key, brings)])
            seen.append(screen_text(app))
        seen.append(app.clipboard)
        for name in SECRET:
            assert not [text for text in seen if name in text], name
        await walk(pilot, [("escape", "○ blind"), ("O", "Opens the seal"), ("y", "d details")])
        await walk(pilot, [("d", SECRET[1])])


async def test_the_seal_opens_after_a_yes_and_the_verdict_stands_there(tmp_path: Path) -> None:
    folder = study(tmp_path / "w", items=12)
    rate(folder, "ada")
    rate(folder, "ben")
    async with opened(space(folder)) as (_app, pilot):
        await walk(pilot, [("4", "complete"), ("enter", "Sealed"), ("O", "Opens the seal")])
        await walk(pilot, [("enter", "Sealed")])
        assert not folder.revealed.exists()
        await walk(pilot, [("O", "Opens the seal"), ("y", "SHIP"), ("d", "decision: ship")])
        assert json.loads(folder.revealed.read_bytes())["by"]
        await walk(pilot, [("escape", "SHIP"), ("escape", "SHIP"), ("escape", "Next")])
        await walk(pilot, [("4", "production-ready"), ("4", "rated by people in")])
    with connect(space(folder).database) as connection:
        assert connection.execute("SELECT count(*) FROM verdicts").fetchone() == (1,)


async def test_opening_early_is_asked_as_such_and_cannot_say(tmp_path: Path) -> None:
    folder = study(tmp_path / "w")
    rate(folder, "ada", limit=7)
    async with opened(space(folder)) as (_app, pilot):
        await walk(pilot, [("4", "blind"), ("enter", "Sealed"), ("O", "Open it early")])
        await walk(pilot, [("n", "Sealed")])
        assert not folder.revealed.exists()
        await walk(pilot, [("O", "9 planned ratings"), ("y", "CANNOT SAY")])


async def test_a_seal_stays_shut_while_nobody_has_finished_an_item(tmp_path: Path) -> None:
    folder = study(tmp_path / "w")
    async with opened(space(folder)) as (_app, pilot):
        await walk(pilot, [("4", "blind"), ("enter", "waits"), ("O", "nobody has finished")])
        assert not folder.revealed.exists()


async def test_the_line_for_a_rater_is_copied(tmp_path: Path) -> None:
    folder = study(tmp_path / "w")
    async with opened(space(folder)) as (app, pilot):
        await walk(pilot, [("4", "blind"), ("enter", "ben"), ("j", "ben"), ("y", "Copied")])
        root = space(folder).root
        assert app.clipboard == f"tuningfork rate {folder.id} --rater ben -w {root}"


def test_a_kept_verdict_on_ratings_is_told_in_points(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = study(tmp_path / "w", items=12)
    rate(folder, "ada")
    rate(folder, "ben")
    judge_study(space(folder), folder, early=False, by="me", now=NOW)
    print_verdict(newest_verdict(space(folder)))
    said = capsys.readouterr().out
    assert f"{SECRET[0]}: mean 5.00, production-ready 12 of 12\n" in said
    assert f"against {SECRET[1]}: +4.00 points (4.00 to 4.00), 12 wins, 0 ties, 0 losses\n" in said
    assert "rated: 12 items by 2 raters\n" in said


async def test_a_study_is_planned_and_locked_from_a_verdict(tmp_path: Path) -> None:
    workspace = fill(tmp_path / "w")
    async with opened(workspace, size=(120, 36)) as (app, pilot):
        await walk(pilot, [("4", "L locks a blind study"), ("L", "hours for each")])
        text = screen_text(app)
        assert "nothing can ever be settled" in text
        await walk(pilot, [("e", "enter takes it")])
        await walk(pilot, [("escape", "Nothing is locked yet"), ("j", "How many items")])
        await walk(pilot, [("e", "enter takes it"), ("9", "are more than the 4")])
        await walk(pilot, [("backspace", "enter takes it"), ("backspace", "takes")])
        await walk(pilot, [("3", "enter takes it"), ("enter", "3 items x 3 contenders")])
        await walk(pilot, [("L", "Nobody can change"), ("n", "Nothing is locked yet")])
        assert not workspace.studies.exists()
        await walk(pilot, [("L", "Nobody can change"), ("y", "0 of 6 ratings")])
        await walk(pilot, [("escape", "6 ratings of items are left")])
    (folder,) = study_folders(workspace)
    assert read_locked(folder).plan.items == 3
    assert read_locked(folder).problems == ()


async def test_no_contender_is_named_while_a_study_is_planned(tmp_path: Path) -> None:
    async with opened(fill(tmp_path / "w"), size=(200, 60)) as (app, pilot):
        await walk(pilot, [("4", "CANNOT SAY"), ("L", "hours for each")])
        seen = [screen_text(app)]
        await walk(pilot, [("v", "raters_per_item = 2")])
        seen.append(screen_text(app))
        for name in ("few_shot", "few-shot", "base"):
            assert not [text for text in seen if name in text], name


async def test_a_plan_names_its_raters_and_refuses_bad_ones(tmp_path: Path) -> None:
    async with opened(fill(tmp_path / "w"), size=(120, 36)) as (_app, pilot):
        await walk(pilot, [("4", "CANNOT SAY"), ("L", "hours for each")])
        await walk(pilot, [("j", ""), ("j", ""), ("j", "Who may rate"), ("e", "takes it")])
        await walk(pilot, [("A", "no name for a rater"), ("backspace", "takes it")])
        await pilot.press(*"ada")
        await shows(pilot, "more than there are raters")
        await pilot.press("comma", *"ben")
        await walk(pilot, [("enter", "each of 2 raters"), ("v", '["ada", "ben"]')])


async def test_score_hides_what_would_unblind_its_owner_until_a_reason_is_kept(
    tmp_path: Path,
) -> None:
    workspace = fill(tmp_path / "w")
    scored = newest_verdict(workspace)
    locked(
        workspace.root, holdout=str(scored.result["root"]), answers=answered(4), name="blind one"
    )
    (folder,) = study_folders(workspace)
    async with opened(workspace, size=(120, 36)) as (app, pilot):
        await walk(pilot, [("4", "HIDDEN"), ("v", "hidden_by"), ("escape", "HIDDEN")])
        assert "few-shot" not in screen_text(app)
        assert "points (" not in screen_text(app)
        await walk(pilot, [("P", "Why?"), ("n", "n"), ("o", "no"), ("enter", "has 2 characters")])
        assert not folder.looks.exists()
        await walk(pilot, [("P", "Why?")])
        await pilot.press(*"auditxrehearsal")
        await walk(pilot, [("enter", "CANNOT SAY")])
        assert "few-shot" in screen_text(app)
    assert json.loads(folder.looks.read_bytes())["why"] == "auditxrehearsal"


async def test_no_screen_tells_the_verdict_that_a_score_left_in_its_log(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    ended = RunFinished(reason=f"Fine-tune beats {SECRET[1]}.", seconds=1.0)
    add_run(workspace, "score tickets", kind="score", end=ended)
    async with opened(workspace, size=(160, 50)) as (app, pilot):
        seen = [await shows(pilot, "score tickets")]
        await pilot.press("tab")
        for key, brings in (("enter", "Every contender has answered"), ("v", "tuningfork status")):
            await walk(pilot, [(key, brings)])
            seen.append(screen_text(app))
    assert all(SECRET[1] not in text for text in seen)


async def test_home_names_the_study_that_waits_for_its_owner(tmp_path: Path) -> None:
    folder = study(tmp_path / "w")
    rate(folder, "ada")
    async with opened(space(folder)) as (_app, pilot):
        await shows(pilot, "People rate tickets; the verdict waits for all ratings.")
        await shows(pilot, "8 of 16 ratings")
    rate(folder, "ben")
    async with opened(space(folder), size=(120, 36)) as (_app, pilot):
        text = await shows(pilot, "Everything of tickets is rated")
        assert f"tuningfork verdict {folder.id}" in text
