import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from core.contenders.contender import plain_conversation
from core.contenders.document_index import DocumentIndex
from core.contenders.few_shot import FewShot
from core.contenders.improved_prompt import ImprovedPrompt
from core.contenders.retrieval import Retrieval
from core.data.rows import Example, Message
from core.errors import JobError
from core.release.arm_wording import wording
from core.release.gateway.arms import live_arm
from core.release.release_plan import Arm, ReleasePlan
from core.release.releases import open_release, plan_toml, read_plan, sealed, write_release
from core.workspace import create_workspace
from tests.support import contenders
from tests.support.gateways import Echo
from tests.support.release_plans import plan_of

ARMS = {"a": {"endpoint": "vllm", "share": 12.5}, "b": {"model": "embedded", "share": 87.5}}


def test_a_plan_reads_back_from_its_own_toml(tmp_path: Path) -> None:
    arms = ARMS | {
        "c": {
            "run": "some-run",
            "prompt": 'Say "yes"\nor\tno \\ \x7f.',
            "shots": [{"question": "a = b?", "answer": "{}\n"}],
        }
    }
    plan = plan_of(arm=arms, rollback="b", fallback=["c"], log={"keep": "hashes", "days": 0.5})
    for explained in (False, True):
        (tmp_path / "plan.toml").write_text(plan_toml(plan, explained=explained))
        assert read_plan(tmp_path / "plan.toml") == plan
    assert "# Percent of the users who get this arm" in (tmp_path / "plan.toml").read_text()


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"arm": {"a": {"model": "m", "share": 99.99}}, "rollback": "a"}, "add up to 100"),
        ({"arm": {"a": {"model": "m", "share": 100.001}}, "rollback": "a"}, "100"),
        ({"arm": {"a": {"model": "m", "run": "r", "share": 100}}, "rollback": "a"}, "exactly one"),
        ({"arm": {"a": {"share": 100}}, "rollback": "a"}, "exactly one"),
        ({"arm": {"a": {"run": "r", "adapter": "/x", "share": 100}}, "rollback": "a"}, "adapter"),
        ({"arm": {"A b": {"model": "m", "share": 100}}, "rollback": "A b"}, "small letters"),
        ({"arm": ARMS, "rollback": "z"}, "no arm named"),
        ({"arm": ARMS, "rollback": "a", "fallback": ["z"]}, "no arm named"),
        ({"arm": ARMS, "rollback": "a", "listen": {"host": "0.0.0.0"}}, "needs a token"),
        ({"arm": ARMS, "rollback": "a", "nonsense": 1}, "Extra"),
    ],
)
def test_what_cannot_be_released_is_refused(values: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(why)):
        ReleasePlan.model_validate({"name": "x"} | values)


def test_the_identity_is_of_what_answers_and_the_hash_of_all() -> None:
    one = plan_of()
    other_log = plan_of(log={"keep": "full"})
    other_arm = plan_of(
        arm={
            "new": {"model": "embedded", "share": 50, "max_tokens": 9},
            "old": {"model": "embedded", "share": 50},
        }
    )
    assert one.identity == other_log.identity != other_arm.identity
    assert one.content_hash != other_log.content_hash


def test_who_stands_in_ends_with_the_rollback_target() -> None:
    arms = {name: {"model": "m", "share": 25} for name in "abcd"}
    plan = plan_of(arm=arms, rollback="d", fallback=["b", "c"])
    assert plan.order("a") == ("a", "b", "c", "d")
    assert plan.order("c") == ("c", "b", "d")
    assert plan.order("d") == ("d", "b", "c")


def test_a_release_is_made_once_and_found_again(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "ws")
    plan = plan_of()
    write_release(workspace, plan)
    assert open_release(workspace, "trial")[1] == plan
    with pytest.raises(JobError, match="already is a release"):
        write_release(workspace, plan)
    with pytest.raises(JobError, match="There is no release other"):
        open_release(workspace, "other")
    with pytest.raises(JobError, match="no name of a release"):
        open_release(workspace, "../escape")


def test_documents_that_changed_since_the_release_are_never_answered_from(tmp_path: Path) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "a.txt").write_text("parcels arrive on friday")
    arm = {"model": "m", "share": 100, "documents": str(texts)}
    plan = sealed(plan_of(arm={"a": arm}, rollback="a"))
    live = live_arm("a", plan.arm["a"], Echo())
    turn = Message(role="user", text="when do parcels arrive", trains=False, raw={})
    asked = live.conversation(Example(row=0, messages=(turn,), tools=None))
    assert "on friday" in asked.messages[-1]["content"]
    (texts / "a.txt").write_text("parcels arrive on monday")
    with pytest.raises(JobError, match="not those that were released"):
        live_arm("a", plan.arm["a"], Echo())


def test_an_arm_puts_its_prompt_examples_and_passages_around_a_question() -> None:
    arm = Arm(
        model="m",
        share=100,
        prompt="Be brief.",
        shots=[{"question": "one?", "answer": "1"}],
    )
    turns = (
        Message(role="system", text="s", trains=False, raw={"role": "system", "content": "s"}),
        Message(role="user", text="two?", trains=False, raw={"role": "user", "content": "two?"}),
    )
    example = Example(row=0, messages=turns, tools=None)
    documents = {"d.txt": "two is a number"}
    made = wording(arm, documents)(example)
    said = [(one["role"], one["content"]) for one in made.messages]
    assert said[:3] == [("system", "Be brief."), ("user", "one?"), ("assistant", "1")]
    assert said[3][1].startswith("[d.txt]\ntwo is a number")
    assert said[3][1].endswith("two?")
    shot = _turns(("user", "one?", False), ("assistant", "1", True))
    scored = Retrieval(
        FewShot(ImprovedPrompt(contenders.Echo(), "Be brief."), [shot]), DocumentIndex(documents)
    )
    assert made == scored.conversation(example)
    assert wording(Arm(model="m", share=100), {})(example) == plain_conversation(example)


def _turns(*turns: tuple[str, str, bool]) -> Example:
    messages = tuple(
        Message(role=role, text=text, trains=trains, raw={"role": role, "content": text})
        for role, text, trains in turns
    )
    return Example(row=0, messages=messages, tools=None)
