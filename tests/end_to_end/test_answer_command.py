"""`tuningfork answer` and `score --endpoint` from outside: nothing leaves unasked, no key stays."""

import base64
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from core.data.split import split_file
from core.jobs.record import read_record
from core.workspace import Workspace
from tests.support.command import TUNINGFORK, Done, tuningfork
from tests.support.fake_chat import FakeChat, Fault, completion, error
from tests.support.jobs import wait_until, worker_pid, workspace_of_jobs
from tests.support.path_job import NOW, SPLIT, chat, open_job, train_spec
from tests.support.pty_session import PtySession, environment
from tui.commands.leaving import ask_to_leave

KEY = "sk-planted/7f3a9c+1e5b8d2064"
SECRET = {"PLANTED_API_KEY": KEY}
WORDS = [f"{colour}{shade}" for colour in ("red", "blue", "pink") for shade in range(12)]
NAMES = [f"question number {number}" for number in range(8)]


@pytest.fixture
def server() -> Iterator[FakeChat]:
    with FakeChat().serving() as serving:
        yield serving


@pytest.fixture
def workspace(tmp_path: Path, server: FakeChat) -> Iterator[Workspace]:
    with workspace_of_jobs(tmp_path / "ws") as made:
        made.endpoints.write_text(
            f'[endpoint.fake]\nbase_url = "{server.url}"\nmodel = "m"\nkey = "PLANTED_API_KEY"\n'
            '[endpoint.far]\nbase_url = "https://api.invalid/v1"\nmodel = "big"\n'
        )
        (tmp_path / "rows.jsonl").write_text("\n".join(chat(one, one.upper()) for one in NAMES))
        yield made


def answer(workspace: Workspace, *words: str) -> Done:
    return tuningfork(
        "answer",
        workspace.root.parent / "rows.jsonl",
        "-o",
        workspace.root.parent / "out.jsonl",
        *words,
        cwd=workspace.root,
        environment=SECRET | {"OPENAI_LOG": "debug"},
    )


def test_answers_go_into_a_file_that_a_study_takes(workspace: Workspace) -> None:
    done = answer(workspace, "--contender", "fake", "--json")
    assert done.code == 0, done.err
    assert done.json["state"] == "finished"
    assert (done.json["answers"], done.json["unanswered"]) == (8, [])
    first = workspace.root.parent / "out.jsonl"
    lines = [json.loads(line) for line in first.read_text().splitlines()]
    assert {line["prompt"]: line["answer"] for line in lines} == {n: n.upper() for n in NAMES}
    both = workspace.root.parent / "both.jsonl"
    done = tuningfork(
        *("answer", workspace.root.parent / "rows.jsonl", "-o", both),
        *("--contender", "fake", "--contender", f"tuned={first}"),
        cwd=workspace.root,
        environment=SECRET,
    )
    assert done.code == 0, done.err
    locked = tuningfork("study", "lock", "--answers", both, "--json", cwd=workspace.root)
    assert locked.code == 0, locked.err


def test_nothing_leaves_this_machine_unless_somebody_agrees(workspace: Workspace) -> None:
    done = answer(workspace, "--contender", "far")
    assert done.code == 2
    assert "8 prompts go to https://api.invalid (endpoint far, model big)" in done.err
    assert "--yes" in done.err
    assert not list(workspace.run_folders())


def test_scoring_asks_before_the_holdout_leaves(workspace: Workspace, tmp_path: Path) -> None:
    source = tmp_path / "colours.jsonl"
    source.write_text("\n".join(chat(f"{word} word {n}", word) for n, word in enumerate(WORDS)))
    split = split_file(workspace, source, name=SPLIT, now=NOW)
    folder = open_job(workspace, "train", train_spec(tmp_path / "model"), id="tiny").folder
    folder.adapter.mkdir()
    done = tuningfork("score", "tiny", "--endpoint", "far", cwd=workspace.root)
    assert done.code == 2
    assert f"{split.holdout} prompts go to https://api.invalid" in done.err
    assert [one.id for one in workspace.run_folders()] == ["tiny"]


def test_who_says_yes_is_not_asked(capsys: pytest.CaptureFixture[str]) -> None:
    ask_to_leave(["8 prompts go to https://api.invalid"], yes=True)
    ask_to_leave([], yes=False)
    assert capsys.readouterr().err == "8 prompts go to https://api.invalid\n"


def test_what_is_there_is_not_written_over(workspace: Workspace, server: FakeChat) -> None:
    (workspace.root.parent / "out.jsonl").write_text("mine")
    assert "there already" in answer(workspace, "--contender", "fake").err
    assert not server.seen
    assert answer(workspace, "--contender", "fake", "--replace").code == 0


def test_the_key_stands_nowhere(workspace: Workspace, server: FakeChat) -> None:
    server.meet(NAMES[0], Fault(status=400, echo=True))
    server.meet(NAMES[1], Fault(body=json.dumps(completion(f"your key is {KEY}")).encode()))
    server.meet(NAMES[2], *[Fault(body=f"<html>{quote(KEY, safe='')}".encode())] * 6)
    server.meet(NAMES[3], error(429, f"{KEY[4:]} must wait", retry_after="0.01"))
    packed = base64.b64encode(KEY.encode()).decode()
    server.meet(NAMES[4], error(500, f"Basic {packed}"))
    server.meet(NAMES[5], Fault(body=b'{"choices": [', cut=True))
    done = answer(workspace, "--contender", "fake")
    assert done.code == 1
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    said = f"{done.out}{done.err}"
    kept = b"".join(
        path.read_bytes() for path in workspace.root.parent.rglob("*") if path.is_file()
    )
    assert b"[key]" in kept
    for form in (KEY, quote(KEY, safe=""), packed):
        for at in range(len(form) - 11):
            assert form[at : at + 12] not in said
            assert form[at : at + 12].encode() not in kept


def test_a_wrong_key_is_named_by_its_variable(workspace: Workspace, server: FakeChat) -> None:
    server.always = error(401, f"Incorrect API key provided: {KEY}")
    done = answer(workspace, "--contender", "fake", "--json")
    assert done.code == 1
    reasons = {one["why"] for one in done.json["unanswered"]}
    assert reasons == {
        "the server refused the key in PLANTED_API_KEY (401: Incorrect API key provided: [key])"
    }
    assert len(server.seen) <= 4


def test_after_a_kill_only_what_is_missing_is_asked(workspace: Workspace, server: FakeChat) -> None:
    for name in NAMES[5:]:
        server.meet(name, Fault(stall=True))
    done = answer(workspace, "--contender", "fake", "--detach", "--json")
    folder = workspace.run(done.json["run"])
    wait_until(
        lambda: folder.answers.exists() and len(folder.answers.read_bytes().splitlines()) == 5,
        "five answers",
    )
    assert read_record(folder).device == "network"
    pid = worker_pid(folder)
    shown = Path(f"/proc/{pid}/cmdline")
    if shown.exists():
        assert KEY.encode() not in shown.read_bytes()
    os.kill(pid, signal.SIGKILL)
    again = tuningfork("resume", folder.id, cwd=workspace.root, environment=SECRET)
    assert again.code == 0, again.err
    output = workspace.root.parent / "out.jsonl"
    wait_until(lambda: output.exists() and len(output.read_bytes().splitlines()) == 8, "the rest")
    assert dict(server.answered) == dict.fromkeys(NAMES, 1)
    assert [server.asked(name) for name in NAMES[:5]] == [1] * 5


def test_a_person_at_a_terminal_is_asked(workspace: Workspace) -> None:
    rows, out = workspace.root.parent / "rows.jsonl", workspace.root.parent / "out.jsonl"
    words = [TUNINGFORK, "answer", str(rows), "-o", str(out), "--contender", "far"]
    home = workspace.root.parent
    with PtySession(words, cwd=workspace.root, env=environment(home)) as session:
        session.wait_for("Send them? [y/N]")
        session.send("\r")
        session.wait_for("Nothing was sent.")
    assert not list(workspace.run_folders())
