"""Holding answers from the command line: killed in between, decided in lines, and exported."""

import json
import subprocess
from pathlib import Path

import openai
import pytest
from openai.types.chat import ChatCompletion

from core.release.releases import write_release
from core.workspace import Workspace
from tests.support.command import TUNINGFORK, tuningfork
from tests.support.fake_chat import FakeChat
from tests.support.jobs import kill, wait_for_state, workspace_of_jobs
from tests.support.reviewing import hold_plan


@pytest.fixture
def workspace(tmp_path: Path):
    with workspace_of_jobs(tmp_path / "ws") as made:
        yield made


def begin(workspace: Workspace) -> tuple[str, openai.OpenAI]:
    """Return the job of a gateway that answers, and the public client before it."""
    begun = tuningfork(
        "gateway", "trial", "--detach", "--json", "-w", workspace.root, cwd=workspace.root
    )
    assert begun.code == 0, begun
    client = openai.OpenAI(base_url=begun.json["url"], api_key="none", max_retries=0)
    return begun.json["run"], client


def ask(client: openai.OpenAI, words: str) -> str:
    turns = [{"role": "user", "content": words}]
    return client.chat.completions.create(model="trial", messages=turns).id


def review(workspace: Workspace, lines: str, name: str = "ada") -> str:
    words = ("release", "review", "trial", "--reviewer", name, "--plain", "-w", workspace.root)
    return subprocess.run(
        [TUNINGFORK, *map(str, words)],
        input=lines,
        capture_output=True,
        text=True,
        check=True,
        cwd=workspace.root,
    ).stdout


@pytest.mark.slow
def test_no_crash_loses_a_held_answer_or_a_decision_on_it(workspace: Workspace) -> None:
    where = ("-w", workspace.root)
    with FakeChat().serving() as chat:
        table = f'[endpoint.arm]\nbase_url = "{chat.url}"\nmodel = "m"\n'
        workspace.endpoints.write_text(table)
        arms = {"new": {"endpoint": "arm", "share": 50}, "old": {"endpoint": "arm", "share": 50}}
        folder = write_release(workspace, hold_plan(arm=arms))
        job, client = begin(workspace)
        with client:
            held = [ask(client, f"question {number}") for number in range(3)]
        kill(workspace.run(job))
        wait_for_state(workspace.run(job), "lost")

        listed = tuningfork("release", "review", "trial", "--json", *where, cwd=workspace.root)
        assert [one["id"] for one in listed.json["reviews"]] == held
        assert (listed.json["waiting"], listed.json["mode"]) == (3, "hold")
        said = review(workspace, "5\n\n3\ne Written by a person.\n\n9\nx a secret\nu\nq\n")
        assert said.count("Saved:") == 2
        assert "A score, then enter alone" in said
        assert "Taken back: flag." in said
        assert "Left." in said
        log = tuningfork("release", "log", "trial", *where, cwd=workspace.root)
        arms_there = {json.loads(line)["arm"] for line in log.out.splitlines()}
        assert not any(f" {arm} " in said for arm in arms_there)

        job, client = begin(workspace)
        with client:
            replies = [client.get(f"/reviews/{id}", cast_to=ChatCompletion) for id in held]
        assert [one.choices[0].message.content for one in replies] == [
            "QUESTION 0",
            "Written by a person.",
            None,
        ]
        assert tuningfork("stop", job, *where, cwd=workspace.root).code == 0
        wait_for_state(workspace.run(job), "finished")
    rows = tuningfork("release", "rows", "trial", "-o", "r.jsonl", *where, cwd=workspace.root)
    assert "1 corrected answers" in rows.out
    (row,) = map(json.loads, (workspace.root / "r.jsonl").read_text().splitlines())
    assert row["messages"][-1]["content"] == "Written by a person."
    shown = tuningfork("release", "show", "trial", "--json", *where, cwd=workspace.root).json
    assert shown["review"]["waiting"] == 1
    assert sum((arm["reviews"] or {"decided": 0})["decided"] for arm in shown["arms"].values()) == 2
    assert not list(folder.path.glob("*.new"))
