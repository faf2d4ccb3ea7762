"""The whole answering job against a server on loopback: resumable, guarded, asked once."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.contenders.answering import Unfinished
from core.data.dataset import dataset_folder
from core.data.holdout_lock import read_lock
from core.errors import DataError, UsageError
from core.events.schema import MessageLogged
from core.jobs.context import Finished, JobContext, Stopped
from core.scoring.answer_job import run
from core.scoring.answered_items import holdout_of, items_of_file
from core.scoring.asked_rows import asked_rows
from core.scoring.invited import invite
from core.workspace import Workspace
from tests.support.fake_chat import FakeChat, Fault, error
from tests.support.path_job import SPLIT, chat, events, make_workspace, open_job

NAMES = [f"q{number}" for number in range(6)]


@pytest.fixture
def server() -> Iterator[FakeChat]:
    with FakeChat().serving() as serving:
        yield serving


@pytest.fixture
def workspace(tmp_path: Path, server: FakeChat) -> Workspace:
    made = make_workspace(tmp_path / "ws")
    made.endpoints.write_text(f'[endpoint.fake]\nbase_url = "{server.url}"\nmodel = "m"\n')
    rows = [*(chat(name, name.upper()) for name in NAMES), chat("q0", "Q0"), "{broken"]
    (tmp_path / "rows.jsonl").write_text("\n".join(rows) + "\n")
    return made


def spec_of(workspace: Workspace, *files: str, **changes: Any) -> dict[str, Any]:
    folder = workspace.root.parent
    return {
        "source": str(folder / "rows.jsonl"),
        "invited": invite(workspace, ["fake"], files, {}).model_dump(mode="json"),
        "output": str(folder / "out.jsonl"),
    } | changes


def test_what_failed_is_reported_and_only_that_is_asked_again(
    workspace: Workspace, server: FakeChat
) -> None:
    server.meet("q3", error(400, "not this one"))
    spec = spec_of(workspace)
    job = open_job(workspace, "answer", spec)
    with pytest.raises(Unfinished):
        run(job)
    output = Path(spec["output"])
    assert len(items_of_file(output)) == 5
    (missing,) = map(json.loads, job.folder.unanswered.read_bytes().splitlines())
    assert (missing["contender"], missing["why"]) == (
        "fake",
        "the server answered 400: not this one",
    )
    again = open_job(workspace, "answer", spec, attempt=2)
    assert isinstance(run(again), Finished)
    assert not job.folder.unanswered.exists()
    assert [server.asked(name) for name in NAMES] == [1, 1, 1, 2, 1, 1]
    found = {one.prompt[0][1]: one for one in items_of_file(output)}
    assert {name: one.answers["fake"] for name, one in found.items()} == {
        name: name.upper() for name in NAMES
    }
    assert found["q2"].reference == "Q2"
    said = [one.text for one in events(job.folder) if isinstance(one, MessageLogged)]
    assert any("6 requests sent, 5 answers came" in text for text in said)
    assert any("1 request sent, 1 answer came" in text for text in said)


def test_another_job_of_the_workspace_asks_nothing_twice(
    workspace: Workspace, server: FakeChat
) -> None:
    run(open_job(workspace, "answer", spec_of(workspace), id="first"))
    elsewhere = str(workspace.root.parent / "again.jsonl")
    run(open_job(workspace, "answer", spec_of(workspace, output=elsewhere), id="second"))
    assert len(server.seen) == 6
    assert Path(elsewhere).read_bytes() == (workspace.root.parent / "out.jsonl").read_bytes()


class StopsSoon(JobContext):
    """A job that somebody asks to stop after two answers."""

    def stop_requested(self) -> bool:
        path = self.folder.answers
        return path.exists() and len(path.read_bytes().splitlines()) >= 2


def test_a_job_that_was_stopped_keeps_what_came(workspace: Workspace, server: FakeChat) -> None:
    spec = spec_of(workspace)
    spec["invited"]["endpoints"]["fake"]["at_once"] = 1
    job = open_job(workspace, "answer", spec)
    job.__class__ = StopsSoon
    assert isinstance(run(job), Stopped)
    assert len(items_of_file(Path(spec["output"]))) == 2
    run(open_job(workspace, "answer", spec, attempt=2))
    assert len(items_of_file(Path(spec["output"]))) == 6
    assert len(server.seen) <= 7


class StopsWhileItWaits(JobContext):
    """A job that somebody asks to stop while its last requests hang."""

    looks = 0

    def stop_requested(self) -> bool:
        path = self.folder.answers
        self.looks += path.exists() and len(path.read_bytes().splitlines()) == 3
        return self.looks > 3


def test_a_stop_does_not_wait_for_requests_that_hang(
    workspace: Workspace, server: FakeChat
) -> None:
    for name in NAMES[3:]:
        server.meet(name, Fault(stall=True))
    spec = spec_of(workspace)
    spec["invited"]["endpoints"]["fake"]["at_once"] = 6
    job = open_job(workspace, "answer", spec)
    job.__class__ = StopsWhileItWaits
    assert isinstance(run(job), Stopped)
    assert len(items_of_file(Path(spec["output"]))) == 3


def test_a_file_answers_beside_an_endpoint(workspace: Workspace) -> None:
    path = workspace.root.parent / "made.jsonl"
    lines = [
        {"item": str(n), "contender": "theirs", "answer": f"A{n}", "prompt": name}
        for n, name in enumerate(NAMES)
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    spec = spec_of(workspace, f"mine={path}")
    assert isinstance(run(open_job(workspace, "answer", spec)), Finished)
    found = {one.prompt[0][1]: one.answers for one in items_of_file(Path(spec["output"]))}
    assert found["q4"] == {"fake": "Q4", "mine": "A4"}


@pytest.mark.parametrize("named", ["mine", "=x.jsonl", "base=x.jsonl", "fake=x.jsonl"])
def test_a_file_needs_a_name_of_its_own(workspace: Workspace, named: str) -> None:
    with pytest.raises(UsageError, match="is no contender with a file"):
        invite(workspace, ["fake"], [named], {}, taken=["base"])


def test_a_file_without_this_contender_names_those_it_has(workspace: Workspace) -> None:
    path = workspace.root.parent / "made.jsonl"
    lines = [{"item": "1", "contender": name, "answer": "x"} for name in ("b", "a")]
    path.write_text("\n".join(map(json.dumps, lines)))
    with pytest.raises(DataError, match="Its contenders are: a, b"):
        invite(workspace, [], [f"c={path}"], {})
    assert invite(workspace, [], [f"b={path}"], {}).files == {"b": str(path)}


def test_the_holdout_is_answered_for_scoring_only(workspace: Workspace, server: FakeChat) -> None:
    holdout = str(dataset_folder(workspace, SPLIT).holdout)
    with pytest.raises(DataError, match="touch the holdout") as refused:
        run(open_job(workspace, "answer", spec_of(workspace, source=holdout)))
    assert "--scoring" in refused.value.remedy
    assert not server.seen
    scored = spec_of(workspace, source=holdout, scoring=True)
    assert isinstance(run(open_job(workspace, "answer", scored, id="scored")), Finished)


def test_a_file_that_asks_nothing_is_refused(workspace: Workspace) -> None:
    path = workspace.root.parent / "empty.jsonl"
    path.write_text("{broken\n")
    with pytest.raises(DataError, match="asks nothing"):
        asked_rows(workspace, str(path), scoring=False)


def test_rows_are_told_from_prompts_once(workspace: Workspace) -> None:
    rows = asked_rows(workspace, str(workspace.root.parent / "rows.jsonl"), scoring=False)
    assert (len(rows.items), rows.passed_over) == (6, 2)


def test_only_what_goes_to_another_machine_leaves(workspace: Workspace) -> None:
    workspace.endpoints.write_text(
        workspace.endpoints.read_text()
        + '[endpoint.far]\nbase_url = "https://api.example.com/v1"\nmodel = "big"\n'
    )
    invited = invite(workspace, ["fake", "far"], [], {})
    assert invited.leaving(1200) == [
        "1,200 prompts go to https://api.example.com (endpoint far, model big)"
    ]


def test_answers_in_a_file_still_tell_which_holdout_they_answer(workspace: Workspace) -> None:
    folder = dataset_folder(workspace, SPLIT)
    spec = spec_of(workspace, source=str(folder.holdout), scoring=True)
    run(open_job(workspace, "answer", spec))
    items = items_of_file(Path(spec["output"]))
    assert holdout_of(workspace, items) == read_lock(folder.lock).root
    assert holdout_of(workspace, items[1:]) == read_lock(folder.lock).root
    assert holdout_of(workspace, [*items, replace(items[0], id="x")]) == ""
    assert holdout_of(workspace, []) == ""
