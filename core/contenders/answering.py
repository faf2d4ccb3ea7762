"""The part of a job that asks: every contender answers every item once, whatever happens between.

An answer is named by contender, prompt and settings. What this job or another one of the workspace
has on disk is not asked again, so a killed job goes on where it was, and a second score of the same
holdout asks only who is new.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from core.contenders.answers import AnswerStore, StoredAnswer
from core.contenders.contender import Answer, Contender, Unanswered, answer_key
from core.data.rows import Example
from core.errors import JobError
from core.events.schema import MessageLogged
from core.jobs.context import JobContext

_AT_ONCE = 32
"""Answers that are put on disk together."""


class Answered(NamedTuple):
    """What came of asking."""

    texts: dict[str, list[str]]
    """For each contender its answers, in the order of the items."""
    known: int
    """Answers that were there before; the others were asked."""
    cut: dict[str, int]
    """For each contender the prompts that did not fit the model whole."""


class Unfinished(JobError):
    """Some contenders could not answer everything; what they did answer is kept."""

    def __init__(self, reasons: Mapping[str, Mapping[str, str]]) -> None:
        """Take, for each contender, why which items have no answer."""
        self.reasons = {name: dict(of) for name, of in reasons.items()}
        counts = ", ".join(f"{name} to {len(of):,}" for name, of in reasons.items())
        first = next(why for of in reasons.values() for why in of.values())
        super().__init__(
            what=f"Some items have no answer: {counts}.",
            why=f"The first of them: {first}.",
            remedy="Mend that, then `tuningfork resume`: only what is missing is asked.",
        )


def answer_all(
    job: JobContext,
    contenders: Sequence[Contender],
    items: Sequence[Example],
    names: Sequence[str],
) -> Answered | None:
    """Return all answers, each on disk; None when somebody asked to stop.

    `names` are what the items are called in the answers file. Contenders are asked to the last
    one, whoever fails before; then `Unfinished` says what nobody answered, and why.
    """
    asking = [_Asking(one, items, names) for one in contenders]
    store = AnswerStore(job.folder.answers)
    wanted = {key for one in asking for key in one.keys}
    store.take_over(wanted, (folder.answers for folder in job.workspace.run_folders()))
    total = len(contenders) * len(items)
    known = sum(store.get(key) is not None for one in asking for key in one.keys)
    done, cut = 0, dict[str, int]()
    for one in asking:
        one.note_known(store)
        done += len(items) - len(one.missing(store))
        job.phase("answering", done, total, "answers")
        for group in one.answers(store):
            store.add(group)
            done += len(group)
            job.phase("answering", done, total, "answers")
            if job.stop_requested():
                return None
        if job.stop_requested() and one.missing(store):
            return None
        one.note_known(store)
        cut[one.name] = sum(answer.cut for answer in one.given(store))
        _warn_of_cuts(job, one.name, cut[one.name])
    if failed := {one.name: one.unanswered for one in asking if one.unanswered}:
        raise Unfinished(failed)
    job.phase("answering", total, total, "answers")
    texts = {one.name: [answer.text for answer in one.given(store)] for one in asking}
    return Answered(texts, known, cut)


class _Asking:
    """One contender with all that it is asked."""

    def __init__(
        self, contender: Contender, items: Sequence[Example], names: Sequence[str]
    ) -> None:
        self.name = contender.name
        self._contender = contender
        self._names = names
        self._asked = [contender.conversation(item) for item in items]
        self.keys = [answer_key(contender, one) for one in self._asked]
        self.unanswered: dict[str, str] = {}
        """Why an item has no answer, by its name; empty while nothing failed."""

    def note_known(self, store: AnswerStore) -> None:
        """Put down what is known already, so that the file says of every item what was answered."""
        store.note(self.name, dict(zip(self._names, self.keys, strict=True)))

    def missing(self, store: AnswerStore) -> list[int]:
        """Return the places without an answer; items that are asked the same share one."""
        first = {key: place for place, key in reversed(list(enumerate(self.keys)))}
        return sorted(place for key, place in first.items() if store.get(key) is None)

    def given(self, store: AnswerStore) -> list[StoredAnswer]:
        """Return the answers, in the order of the items."""
        return [found for key in self.keys if (found := store.get(key))]

    def answers(self, store: AnswerStore) -> Iterator[list[StoredAnswer]]:
        """Ask for what is missing and yield what comes, some at a time."""
        missing = self.missing(store)
        waiting: list[StoredAnswer] = []
        try:
            for answer in self._contender.answer([self._asked[place] for place in missing]):
                waiting.append(self._stored(missing[answer.place], answer))
                if len(waiting) >= _AT_ONCE or answer.costly:
                    yield waiting
                    waiting = []
        except Unanswered as failed:
            why = {self.keys[missing[place]]: reason for place, reason in failed.reasons.items()}
            named = zip(self._names, self.keys, strict=True)
            self.unanswered = {name: why[key] for name, key in named if key in why}
        if waiting:
            yield waiting

    def _stored(self, place: int, answer: Answer) -> StoredAnswer:
        return StoredAnswer(
            key=self.keys[place],
            contender=self.name,
            item=self._names[place],
            text=answer.text,
            tokens=answer.tokens,
            stopped=answer.stopped,
            cut=answer.cut,
        )


def _warn_of_cuts(job: JobContext, contender: str, cut: int) -> None:
    """Say that some prompts did not fit the model whole."""
    if cut:
        they, whose = (
            ("1 prompt", "is too long") if cut == 1 else (f"{cut} prompts", "are too long")
        )
        text = f"{they} for {contender} {whose} for the model; the beginning was cut."
        job.emit(MessageLogged(level="warning", text=text))
