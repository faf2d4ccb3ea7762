"""A judge on the screen: counted and priced before it is asked, shown only beside people."""

import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.events.schema import PhaseEntered
from core.scoring.judge import start
from core.scoring.judge.kept import Judgement, JudgeRecord, keep_record
from core.scoring.judge.pairs import pairs_of
from core.scoring.judge.rubric import VERSION
from core.scoring.judge.start import name_of_job
from core.scoring.study.folder import StudyFolder
from core.scoring.study.judging import judge_study
from core.scoring.study.opened import read_locked, read_sealed
from core.workspace import Workspace, open_workspace
from tests.support.app_pilot import opened, shows, walk
from tests.support.filled_workspace import add_run, held
from tests.support.rated_studies import SECRET, rate, study
from tests.support.screen_text import screen_text
from tests.support.studies import NOW


def space(folder: StudyFolder) -> Workspace:
    return open_workspace(folder.path.parents[1])


def rated(root: Path, items: int) -> StudyFolder:
    """Return a study that two people rated, its seal open."""
    folder = study(root, items)
    for rater in ("ada", "ben"):
        rate(folder, rater)
    judge_study(space(folder), folder, early=False, by="me", now=NOW)
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    return rated(tmp_path_factory.mktemp("made") / "w", 20)


@pytest.fixture
def folder(made: StudyFolder, tmp_path: Path) -> StudyFolder:
    """Return a copy of a study that two people rated, in a workspace of the test."""
    shutil.copytree(made.path.parents[1], tmp_path / "w")
    return StudyFolder(tmp_path / "w" / "studies" / made.id)


TO_JUDGES = [("4", "opened"), ("enter", "The seal is open"), ("J", "Model as judge")]


async def test_a_judge_is_named_counted_and_priced_before_it_is_asked(
    folder: StudyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched: list[dict[str, Any]] = []
    monkeypatch.setattr(start, "launch", lambda _, **given: launched.append(given))
    async with opened(space(folder), size=(120, 36)) as (app, pilot):
        await walk(pilot, [*TO_JUDGES, ("J", "Nobody is named who judges.")])
        assert "120 questions" in screen_text(app)
        await walk(pilot, [("enter", "esc leaves it")])
        await pilot.press(*"ollama")
        await walk(pilot, [("enter", "No server is called ollama")])
        await pilot.press("ctrl+u", *"http://127.0.0.1:9/v1")
        await walk(pilot, [("enter", "No model is named."), ("j", "What the server calls it.")])
        await walk(pilot, [("e", "esc leaves it")])
        await pilot.press(*"big")
        await walk(pilot, [("enter", "nothing leaves it"), ("v", "--model big")])
        await walk(pilot, [("escape", "Price not known"), ("J", "120 questions go to http")])
        await walk(pilot, [("n", "Price not known")])
        assert not launched
        await walk(pilot, [("J", "questions go to")])
        await pilot.press("y")
        await shows(pilot, lambda _: bool(launched))
    spec = launched[0]["spec"]
    assert (spec["study"], spec["endpoint"]["model"]) == (folder.id, "big")


async def test_a_price_and_a_contender_that_judges_itself_are_said(folder: StudyFolder) -> None:
    workspace = space(folder)
    workspace.endpoints.write_text(
        f'[endpoint.{SECRET[1]}]\nbase_url = "https://example.com/v1"\nmodel = "m"\nprice = "m"\n'
    )
    price = '[[price]]\nprovider = "p"\nitem = "m"\nunit = "{}_tokens_per_million"\namount = "2"\n'
    price += 'currency = "EUR"\nas_of = "2026-03-01"\nsource = "a page"\n'
    workspace.prices.write_text(price.format("input") + price.format("output"))
    async with opened(workspace, size=(160, 50)) as (app, pilot):
        await walk(pilot, [*TO_JUDGES, ("J", "and leave"), ("n", "goes to https")])
        text = screen_text(app)
    assert "EUR if every answer is short" in text
    assert "models prefer their own answers" in text


def judged(folder: StudyFolder) -> JudgeRecord:
    """Return what a judge says who always prefers the tuned model."""
    locked = read_locked(folder)
    return JudgeRecord(
        study=folder.id,
        plan=locked.seal,
        run="job",
        model="big",
        origin="http://127.0.0.1:9",
        rubric=VERSION,
        at=NOW.isoformat(),
        asked=60,
        judgements=tuple(
            Judgement(
                item=pair.item,
                against=pair.against,
                forth="first",
                back="second",
                tuned_length=len(pair.tuned),
                other_length=len(pair.other),
            )
            for pair in pairs_of(locked, read_sealed(folder))
        ),
    )


async def test_choices_stand_only_beside_the_agreement_with_people(folder: StudyFolder) -> None:
    async with opened(space(folder), size=(120, 36)) as (app, pilot):
        await walk(pilot, [*TO_JUDGES, ("d", "No judge is calibrated yet.")])
        assert "No judge was asked" in screen_text(app)
        few = judged(folder)
        keep_record(folder, msgspec.structs.replace(few, judgements=few.judgements[:30]))
        text = await shows(pilot, "compared answers to 10 items only")
        assert not [name for name in SECRET if name in text]
        keep_record(folder, judged(folder))
        text = await shows(pilot, "big at http://127.0.0.1")
        assert "and people on 20 items" in " ".join(text.split())
        assert not [name for name in SECRET if name in text]
        await walk(pilot, [("d", "What judges chose")])
        page = " ".join(screen_text(app).split())
    assert page.index("and people on 20 items") < page.index(SECRET[1])
    assert "judge: wins" in page


async def test_a_job_that_asks_shows_how_far_it_is_and_opens(folder: StudyFolder) -> None:
    asking = PhaseEntered(name="answering", done=30, total=120, unit="answers")
    job = add_run(space(folder), name_of_job(folder), kind="judge", steps=0, total=0, end=asking)
    with held(job):
        async with opened(space(folder), size=(120, 36)) as (_app, pilot):
            await walk(pilot, [*TO_JUDGES, ("tab", "30/120"), ("enter", f"judge {folder.id}")])
            await shows(pilot, "answering")


async def test_nobody_is_judged_while_a_study_is_blind(tmp_path: Path) -> None:
    folder = study(tmp_path / "w")
    rate(folder, "ada")
    async with opened(space(folder), size=(120, 36)) as (app, pilot):
        await walk(pilot, [("4", "blind"), ("enter", "Sealed")])
        assert "J judge" not in screen_text(app)
        await walk(pilot, [("J", "held against people")])


async def test_too_few_rated_items_judge_nobody(tmp_path: Path) -> None:
    folder = rated(tmp_path / "w", 8)
    async with opened(space(folder), size=(120, 36)) as (_app, pilot):
        await walk(pilot, [*TO_JUDGES])
        await shows(pilot, "a judge needs 20")
