"""A release of the embedded model from the command line, asked by the public client."""

from pathlib import Path

import openai
import pytest

from core.workspace import Workspace
from tests.support.command import tuningfork
from tests.support.jobs import wait_for_state, workspace_of_jobs

PLAN = """
name = "trial"
rollback = "old"
[listen]
port = 0
token = "TRIAL_TOKEN"
[arm.new]
model = "embedded"
share = 100
max_tokens = 12
[arm.old]
model = "embedded"
prompt = "Answer in one word."
max_tokens = 12
"""
TOKEN = {"TRIAL_TOKEN": "a-token-of-the-test"}
HELLO = [{"role": "user", "content": "Where is my parcel?"}]


@pytest.fixture
def workspace(tmp_path: Path):
    with workspace_of_jobs(tmp_path / "ws") as made:
        yield made


def test_a_release_is_made_served_rolled_back_and_closed(
    workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "plan.toml").write_text(PLAN)
    where = ("-w", workspace.root)
    made = tuningfork("release", "new", "plan.toml", *where, cwd=tmp_path, environment=TOKEN)
    assert made.code == 0, made
    assert "Every arm answered, old first" in made.out
    refused = tuningfork("gateway", "trial", "--detach", *where, cwd=tmp_path)
    assert (refused.code, "token" in refused.out) == (1, True), refused
    begun = tuningfork(
        "gateway", "trial", "--detach", "--json", *where, cwd=tmp_path, environment=TOKEN
    )
    assert begun.code == 0, begun
    key = TOKEN["TRIAL_TOKEN"]
    with openai.OpenAI(base_url=begun.json["url"], api_key=key, max_retries=0) as client:
        whole = client.chat.completions.create(model="trial", messages=HELLO)
        pieces = list(client.chat.completions.create(model="trial", messages=HELLO, stream=True))
        said = "".join(one.choices[0].delta.content or "" for one in pieces)
        assert said == whole.choices[0].message.content != ""
        assert len(pieces) > 3
        short = client.chat.completions.create(model="trial", messages=HELLO, max_tokens=2)
        assert short.choices[0].finish_reason == "length"
        assert short.usage is not None
        assert short.usage.completion_tokens == 2
        assert said.startswith(short.choices[0].message.content or "-")
        done = tuningfork("rollback", "trial", "--json", *where, cwd=tmp_path)
        assert done.json["to"] == "old"
        client.chat.completions.create(model="trial", messages=HELLO)
    with (
        openai.OpenAI(base_url=begun.json["url"], api_key="x", max_retries=0) as client,
        pytest.raises(openai.AuthenticationError),
    ):
        client.chat.completions.create(model="trial", messages=HELLO)
    assert tuningfork("stop", begun.json["run"], *where, cwd=tmp_path).code == 0
    wait_for_state(workspace.run(begun.json["run"]), "finished")
    log = tuningfork("release", "log", "trial", *where, cwd=tmp_path)
    assert [line.count('"arm": "old"') for line in log.out.splitlines()] == [0, 0, 0, 1]
    for path in workspace.root.rglob("*"):
        assert not path.is_file() or key.encode() not in path.read_bytes(), path
