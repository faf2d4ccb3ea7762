"""Who cannot answer everything is asked to the end, and says of each item why."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from core.contenders.answering import Unfinished, answer_all
from core.contenders.contender import Answer, Conversation, Unanswered
from tests.support.contenders import Echo, example_of
from tests.support.path_job import make_workspace, open_job


class Fussy(Echo):
    """Answers every question but those about cats; the answers cost."""

    name = "fussy"

    def __init__(self) -> None:
        super().__init__()
        self.identity = {"base": "fussy"}

    def answer(self, asked: Sequence[Conversation]) -> Iterator[Answer]:
        refused = {n: "no cats" for n, one in enumerate(asked) if "cat" in str(one.messages)}
        wanted = [place for place in range(len(asked)) if place not in refused]
        for answer in super().answer([asked[place] for place in wanted]):
            yield answer._replace(place=wanted[answer.place], costly=True)
        if refused:
            raise Unanswered(refused, by=self.name)


def test_every_item_is_answered_or_named_and_the_next_contender_is_asked(tmp_path: Path) -> None:
    job = open_job(make_workspace(tmp_path / "ws", rows=12), "answer", {})
    items = [example_of(q, "a") for q in ("one", "a cat", "two", "a cat", "three")]
    names = ["i1", "i2", "i3", "i4", "i5"]
    echo = Echo()
    with pytest.raises(Unfinished) as failed:
        answer_all(job, [Fussy(), echo], items, names)
    assert failed.value.reasons == {"fussy": {"i2": "no cats", "i4": "no cats"}}
    assert "fussy to 2" in failed.value.what
    assert len(echo.asked) == 4
    lines = job.folder.answers.read_bytes().splitlines()
    assert sum(b'"fussy"' in line for line in lines) == 3
    again = Fussy()
    with pytest.raises(Unfinished):
        answer_all(job, [again], items, names)
    assert not again.asked


def test_answers_that_cost_are_on_disk_before_the_next_is_waited_for(tmp_path: Path) -> None:
    job = open_job(make_workspace(tmp_path / "ws", rows=12), "answer", {})
    seen: list[int] = []

    class Slow(Fussy):
        def answer(self, asked: Sequence[Conversation]) -> Iterator[Answer]:
            for one in super().answer(asked):
                path = job.folder.answers
                seen.append(len(path.read_bytes().splitlines()) if path.exists() else 0)
                yield one

    items = [example_of(q, "a") for q in ("one", "two", "three")]
    assert answer_all(job, [Slow()], items, ["1", "2", "3"])
    assert seen == [0, 1, 2]
