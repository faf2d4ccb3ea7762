"""Few-shot examples never come from the holdout, and nothing is asked twice."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from core.contenders.answers import AnswerStore, StoredAnswer
from core.contenders.contender import Answer, Conversation, answer_key, plain_conversation
from core.contenders.few_shot import FewShot, choose_shots
from core.data.dataset import dataset_folder, read_part, read_salt
from core.data.holdout_lock import read_lock
from core.data.rows import Example
from core.data.sources import to_row
from core.errors import DataError
from tests.support.path_job import SPLIT, chat, make_workspace


class Echo:
    """A contender that answers with the last turn."""

    name = "base"
    identity: dict[str, Any] = {"base": "echo"}  # noqa: RUF012

    def conversation(self, example: Example) -> Conversation:
        return plain_conversation(example)

    def answer(self, asked: Sequence[Conversation]) -> Iterator[Answer]:
        for place, one in enumerate(asked):
            yield Answer(place, one.messages[-1]["content"], tokens=1, stopped=True, cut=False)


def example(line: str) -> Example:
    found = to_row(line.encode(), number=1).example
    assert found
    return found


def test_solved_examples_stand_between_instructions_and_question() -> None:
    question = example(
        '{"messages":[{"role":"system","content":"S"},{"role":"user","content":"Q"},'
        '{"role":"assistant","content":"R"}]}'
    )
    asked = FewShot(Echo(), [example(chat("q1", "a1")), example(chat("q2", "a2"))]).conversation(
        question
    )
    assert [m["content"] for m in asked.messages] == ["S", "q1", "a1", "q2", "a2", "Q"]


def test_the_answer_itself_is_never_part_of_what_is_asked() -> None:
    asked = plain_conversation(example(chat("Q", "secret")))
    assert [m["content"] for m in asked.messages] == ["Q"]


def test_shots_come_from_train_and_are_always_the_same(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "ws")
    folder = dataset_folder(workspace, SPLIT)
    lock, salt = read_lock(folder.lock), read_salt(workspace)
    train = read_part(folder.train)
    shots = choose_shots(train, lock, salt=salt, holdout=folder.holdout)
    assert len(shots) == 3
    assert shots == choose_shots(train, lock, salt=salt, holdout=folder.holdout)
    with pytest.raises(DataError, match="few-shot examples touch the holdout"):
        choose_shots(read_part(folder.holdout), lock, salt=salt)


def test_an_answers_name_follows_contender_prompt_and_settings() -> None:
    one, other = Echo(), Echo()
    asked = plain_conversation(example(chat("Q", "A")))
    assert answer_key(one, asked) == answer_key(other, asked)
    other.identity = {"base": "echo", "max_new_tokens": 1}
    assert answer_key(one, asked) != answer_key(other, asked)
    assert answer_key(one, asked) != answer_key(one, plain_conversation(example(chat("P", "A"))))


def stored(key: str, text: str = "t") -> StoredAnswer:
    return StoredAnswer(
        key=key, contender="base", item="i", text=text, tokens=1, stopped=True, cut=False
    )


def test_a_torn_last_line_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    AnswerStore(path).add([stored("a"), stored("b")])
    path.write_bytes(path.read_bytes()[:-5])
    store = AnswerStore(path)
    assert store.get("a")
    assert store.get("b") is None
    store.add([stored("b", "again")])
    reopened = AnswerStore(path)
    assert (reopened.get("a"), reopened.get("b")) == (stored("a"), stored("b", "again"))
