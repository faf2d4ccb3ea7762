"""Measuring on a tiny model: its figures are those of its answers, and no holdout row is asked."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import pytest

from core.data.dataset import dataset_folder, read_part, read_salt
from core.data.keys import row_keys
from core.data.rows import Example
from core.data.sources import read_rows
from core.errors import DataError
from core.jobs.context import Finished, JobContext, Stopped
from core.scoring.measure_job import run
from core.scoring.measured_rows import MeasureSpec, choose_rows, prepare
from core.scoring.measurement import Good, Measurement, newest_measurement, read_measurement
from core.scoring.metrics import measure
from core.scoring.statistics.shares import wilson
from core.workspace import Workspace, create_workspace
from tests.support.path_job import SPLIT, StopsAfter, chat, make_workspace, open_job
from tests.support.tiny_model import save_tiny_model

_CITIES = (
    *("Oslo", "Rome", "Lima", "Cairo", "Delhi", "Paris", "Quito"),
    *("Tunis", "Seoul", "Hanoi", "Accra", "Dakar", "Malmo", "Turin"),
)


@pytest.fixture(autouse=True)
def one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.contenders.local.usable_cores", lambda: 1)


def write_rows(path: Path, count: int = 14) -> Path:
    lines = [
        chat(f"{city} asks for the {n * 7 % 11}th colour of its {city[::-1]} flag", city.upper())
        for n, city in enumerate(_CITIES[:count])
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def spec_of(model: Path, source: str, **values: Any) -> dict[str, Any]:
    return MeasureSpec(
        source=source, base=str(model), **{"max_new_tokens": 6, "prompt": "Shout.", **values}
    ).model_dump()


def measured(workspace: Workspace, spec: dict[str, Any], id: str = "job") -> Measurement:
    job = open_job(workspace, "measure", spec, id=id)
    assert isinstance(run(job), Finished)
    found = read_measurement(job.folder.path)
    assert found
    return found


def test_the_figures_are_those_of_the_answers_on_disk(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    rows, model = write_rows(tmp_path / "rows.jsonl"), save_tiny_model(tmp_path / "m")
    texts = tmp_path / "documents"
    texts.mkdir()
    (texts / "flags.md").write_text("The flag of Oslo has a third colour.")
    found = measured(workspace, spec_of(model, str(rows), documents=str(texts)))
    assert list(found.contenders) == ["base", "improved_prompt", "few_shot", "retrieval"]
    assert (found.rows, found.items, found.asked) == (14, 11, 44)
    salt = read_salt(workspace)
    wanted = {
        row_keys(one, salt).row.hex(): one.reference
        for row in read_rows(rows)
        if (one := row.example)
    }
    lines = [json.loads(line) for line in workspace.run("job").answers.read_text().splitlines()]
    for name, shares in found.contenders.items():
        own = [
            measure(one["text"], wanted[one["item"]]) for one in lines if one["contender"] == name
        ]
        for good in get_args(Good):
            hits = sum(getattr(one, good) for one in own)
            low, high = wilson(hits, 11)
            said = shares[good]
            assert (said.hits, said.n, said.low, said.high) == (hits, 11, low, high)
    assert newest_measurement(workspace) == found


def test_a_stopped_job_goes_on_and_asks_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.contenders.answering._AT_ONCE", 2)
    workspace = create_workspace(tmp_path / "w")
    rows, model = write_rows(tmp_path / "rows.jsonl"), save_tiny_model(tmp_path / "m")
    spec = spec_of(model, str(rows))
    first: JobContext = open_job(workspace, "measure", spec)
    first.__class__ = StopsAfter
    assert isinstance(run(first), Stopped)
    before = first.folder.answers.read_text()
    assert 0 < len(before.splitlines()) < 33
    assert read_measurement(first.folder.path) is None
    second = open_job(workspace, "measure", spec, attempt=2)
    assert isinstance(run(second), Finished)
    after = second.folder.answers.read_text()
    assert after.startswith(before)
    assert len({json.loads(line)["key"] for line in after.splitlines()}) == 33
    assert len(after.splitlines()) == 33
    assert measured(workspace, spec, id="third").asked == 0


@pytest.mark.parametrize("seed", ["129", "231", "246"])
def test_likes_that_a_signature_misses_are_found_by_their_words(tmp_path: Path, seed: str) -> None:
    rows = tmp_path / "rows.jsonl"
    asked = [" ".join(f"{city.lower()}{n}" for n in range(30)) for city in _CITIES]
    alike = [chat(f"{one} today", "another answer") for one in asked]
    own = [chat(one, city) for one, city in zip(asked, _CITIES, strict=True)]
    rows.write_text("\n".join([*own, *alike]) + "\n")
    salt = hashlib.sha256(seed.encode()).digest()
    chosen = choose_rows(rows, shown="rows", most=100, salt=salt)
    assert not _first_words(chosen.items) & _first_words(chosen.shots)


def test_examples_that_are_shown_are_never_measured_nor_are_their_likes(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    rows = tmp_path / "rows.jsonl"
    asked = [" ".join(f"{city.lower()}{n}" for n in range(30)) for city in _CITIES]
    rows.write_text(
        "".join(chat(one, city) + "\n" for one, city in zip(asked, _CITIES, strict=True))
    )
    chosen = prepare(workspace, MeasureSpec(source=str(rows))).chosen
    assert len(chosen.shots) == 3
    assert not _first_words(chosen.items) & _first_words(chosen.shots)
    with rows.open("a") as file:
        file.writelines(chat(f"{one} today", "another answer") + "\n" for one in asked)
    again = prepare(workspace, MeasureSpec(source=str(rows))).chosen
    assert len(again.items) > 3
    assert not _first_words(again.items) & _first_words(again.shots)


def _first_words(rows: Sequence[Example]) -> set[str]:
    return {one.prompt[-1].text.split()[0] for one in rows}


def test_a_split_is_measured_on_its_train_part(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w")
    chosen = prepare(workspace, MeasureSpec(source=SPLIT)).chosen
    train = {one.prompt[-1].text for one in read_part(dataset_folder(workspace, SPLIT).train)}
    assert {one.prompt[-1].text for one in (*chosen.items, *chosen.shots)} <= train


def test_a_holdout_row_is_refused_with_what_to_measure_instead(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w")
    rows = write_rows(tmp_path / "rows.jsonl")
    held = dataset_folder(workspace, SPLIT).holdout.read_text().splitlines()[0]
    rows.write_text("\n".join([held, *rows.read_text().splitlines()]) + "\n")
    with pytest.raises(DataError, match="touch the holdout") as refused:
        prepare(workspace, MeasureSpec(source=str(rows)))
    assert f"--measure {SPLIT}" in refused.value.remedy


def test_a_document_that_holds_what_is_asked_is_refused(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    rows = write_rows(tmp_path / "rows.jsonl")
    cheat = tmp_path / "cheat.md"
    chosen = prepare(workspace, MeasureSpec(source=str(rows))).chosen
    cheat.write_text(f"Notes\n{chosen.items[0].prompt[-1].text}\nThe answer follows.")
    with pytest.raises(DataError, match="documents for retrieval hold"):
        prepare(workspace, MeasureSpec(source=str(rows), documents=str(cheat)))


def test_too_few_examples_are_told_with_how_many_are_missing(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    rows = write_rows(tmp_path / "rows.jsonl", count=6)
    rows.write_text(rows.read_text() + chat("an input", " ") + "\nnot json\n")
    with pytest.raises(DataError, match="has 6 examples that can be used") as refused:
        prepare(workspace, MeasureSpec(source=str(rows)))
    assert "2 more cannot be read" in refused.value.what
    assert refused.value.remedy.startswith("Add 4 more")
