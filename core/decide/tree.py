"""The tree as data: what each fork asks, where it leads, and which answers took which way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from core.decide.answers import Answers
from core.decide.levels import FEW_SHOT_EXAMPLES, LARGE_SCALE, MINIMUM_EXAMPLES

Choice = Literal[
    "prompting",
    "few_shot",
    "retrieval",
    "fine_tune",
    "fine_tune_with_retrieval",
    "decompose_prompt",
]
STRENGTH: Mapping[Choice, int] = {
    "prompting": 0,
    "few_shot": 0,
    "decompose_prompt": 0,
    "retrieval": 1,
    "fine_tune": 2,
    "fine_tune_with_retrieval": 3,
}
"""How much a choice commits to: only a prompt, a search beside it, weights, or both."""

Decided = tuple[str, ...]
"""Questions whose answers decide a fork."""


class Turn(NamedTuple):
    """Which way a fork goes, and why."""

    yes: bool
    by: Decided
    """The questions whose answers decided it; an unknown one counts as the weaker answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """One fork of the tree."""

    id: str
    text: str
    """The fork as a question about the task."""
    short: str
    """The same in two or three words, for a narrow screen."""
    ask: Callable[[Answers], Turn]
    """Decides the way from the answers."""
    yes: str
    """Id of the next fork, or a leaf."""
    no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One end of the tree."""

    id: str
    choice: Choice
    reason: str
    """Why this end, in one or two sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One fork as it was passed."""

    fork: str
    """Id of the fork."""
    text: str
    """What it asked."""
    yes: bool
    """The way taken."""
    answers: tuple[tuple[str, str | float], ...]
    """The answers that decided it, by question; "unknown" where nobody knows."""

    def as_json(self) -> dict[str, object]:
        """Return the form inside `decide --json`."""
        return {
            "fork": self.fork,
            "text": self.text,
            "way": "yes" if self.yes else "no",
            "answers": dict(self.answers),
        }


class Walk(NamedTuple):
    """The way through the tree."""

    steps: tuple[Step, ...]
    leaf: Leaf


def _is(name: str, *words: str) -> Callable[[Answers], Turn]:
    """Return a fork that says yes where one question was answered with one of these words."""
    return lambda answers: Turn(getattr(answers, name) in words, (name,))


def _tried(answers: Answers) -> Turn:
    """Whether a strong prompt was tried and is known to fall short."""
    if answers.strong_prompt_tried != "yes":
        return Turn(False, ("strong_prompt_tried",))
    return Turn(
        answers.strong_prompt_solves == "no", ("strong_prompt_tried", "strong_prompt_solves")
    )


def _knowledge(answers: Answers) -> Turn:
    """Whether facts have to be looked up at answering time."""
    if answers.needs_private_documents == "yes":
        return Turn(True, ("needs_private_documents",))
    if answers.knowledge_changes in {"monthly", "weekly", "daily"}:
        return Turn(True, ("knowledge_changes",))
    return Turn(False, ("needs_private_documents", "knowledge_changes"))


def _behaviour(answers: Answers) -> Turn:
    """Whether what is wanted is a form of answering, which tuning teaches."""
    if answers.fixed_format_or_tone == "yes":
        return Turn(True, ("fixed_format_or_tone",))
    if answers.task_kind in {"format", "tone"}:
        return Turn(True, ("task_kind",))
    if answers.task_kind in {"classification", "extraction"}:
        large = (answers.requests_per_day or 0) >= LARGE_SCALE
        given: Decided = ("task_kind", "requests_per_day")
        return Turn(large, given if large else ("fixed_format_or_tone", *given))
    return Turn(False, ("fixed_format_or_tone", "task_kind"))


def _reasoning(answers: Answers) -> Turn:
    """Whether the difficulty is reasoning."""
    if answers.complex_reasoning == "yes":
        return Turn(True, ("complex_reasoning",))
    if answers.task_kind == "reasoning":
        return Turn(True, ("task_kind",))
    return Turn(False, ("complex_reasoning", "task_kind"))


def _at_least(number: int) -> Callable[[Answers], Turn]:
    """Return a fork that says yes from this many labelled examples on."""
    return lambda answers: Turn((answers.labelled_examples or 0) >= number, ("labelled_examples",))


_SOLVED = _is("strong_prompt_solves", "yes")
_PROMPT = "Does a strong prompt with examples already solve it?"
_FORM = "Is it a fixed format or tone, or labels and fields at large scale?"
_ENOUGH = f"Are there {MINIMUM_EXAMPLES} labelled examples or more?"
_SHOTS = f"Are there {FEW_SHOT_EXAMPLES} examples to show in a prompt?"

FORKS: tuple[Fork, ...] = (
    Fork(
        id="solved", text=_PROMPT, short="solved already", ask=_SOLVED, yes="stop_shots", no="tried"
    ),
    Fork(
        id="tried",
        text="Was a strong prompt tried, and found too weak?",
        short="prompt too weak",
        ask=_tried,
        yes="knowledge",
        no="first_shots",
    ),
    Fork(
        id="knowledge",
        text="Are private or changing documents needed at answering time?",
        short="facts to look up",
        ask=_knowledge,
        yes="known_form",
        no="form",
    ),
    Fork(
        id="known_form",
        text=_FORM,
        short="form to keep",
        ask=_behaviour,
        yes="known_enough",
        no="look_up",
    ),
    Fork(
        id="known_enough",
        text=_ENOUGH,
        short="enough examples",
        ask=_at_least(MINIMUM_EXAMPLES),
        yes="both",
        no="look_up_first",
    ),
    Fork(id="form", text=_FORM, short="form to keep", ask=_behaviour, yes="enough", no="reasoning"),
    Fork(
        id="enough",
        text=_ENOUGH,
        short="enough examples",
        ask=_at_least(MINIMUM_EXAMPLES),
        yes="tune",
        no="few_shots",
    ),
    Fork(
        id="reasoning",
        text="Does an answer need several steps of reasoning?",
        short="needs reasoning",
        ask=_reasoning,
        yes="reason",
        no="decompose",
    ),
    Fork(
        id="stop_shots",
        text=_SHOTS,
        short="examples to show",
        ask=_at_least(FEW_SHOT_EXAMPLES),
        yes="stop_few_shot",
        no="stop_prompt",
    ),
    Fork(
        id="first_shots",
        text=_SHOTS,
        short="examples to show",
        ask=_at_least(FEW_SHOT_EXAMPLES),
        yes="first_few_shot",
        no="first_prompt",
    ),
    Fork(
        id="few_shots",
        text=_SHOTS,
        short="examples to show",
        ask=_at_least(FEW_SHOT_EXAMPLES),
        yes="later_few_shot",
        no="later_prompt",
    ),
)
"""Every fork; the first is where each walk begins."""

_STOP = "A strong prompt already solves it; anything more only costs."
_FIRST = "It is not known that a strong prompt falls short; trying one costs an afternoon."
_LATER = (
    f"Tuning may come later: there are not {MINIMUM_EXAMPLES} labelled examples, too few to learn "
    "from and to measure with."
)
_LOOK_UP = (
    "Right answers depend on private or changing facts: look them up when answering. "
    "Tuning alone does not store new facts reliably."
)

LEAVES: tuple[Leaf, ...] = (
    Leaf(id="stop_prompt", choice="prompting", reason=_STOP),
    Leaf(id="stop_few_shot", choice="few_shot", reason=_STOP),
    Leaf(id="first_prompt", choice="prompting", reason=_FIRST),
    Leaf(id="first_few_shot", choice="few_shot", reason=_FIRST),
    Leaf(id="later_prompt", choice="prompting", reason=_LATER),
    Leaf(id="later_few_shot", choice="few_shot", reason=_LATER),
    Leaf(id="look_up", choice="retrieval", reason=_LOOK_UP),
    Leaf(id="look_up_first", choice="retrieval", reason=f"{_LATER} {_LOOK_UP}"),
    Leaf(
        id="both",
        choice="fine_tune_with_retrieval",
        reason="Both what is known and how it is said are missing: look the facts up when "
        "answering, and tune the form. Tuning alone does not store new facts reliably.",
    ),
    Leaf(
        id="tune",
        choice="fine_tune",
        reason="A strong prompt falls short, no facts are missing, and what is wanted is a form "
        "of answering: that is what tuning teaches best.",
    ),
    Leaf(
        id="reason",
        choice="prompting",
        reason="The task needs reasoning: a stronger model, worked examples and checked steps in "
        "the prompt do more than tuning a small one.",
    ),
    Leaf(
        id="decompose",
        choice="decompose_prompt",
        reason="Neither missing facts nor a fixed form explains what goes wrong: split the task "
        "into smaller prompts and find out which step fails.",
    ),
)

_FORK_OF = {fork.id: fork for fork in FORKS}
_LEAF_OF = {leaf.id: leaf for leaf in LEAVES}


def leaf_of(answers: Answers) -> Leaf:
    """Return the end that the answers lead to."""
    here = FORKS[0].id
    while (fork := _FORK_OF.get(here)) is not None:
        here = fork.yes if fork.ask(answers).yes else fork.no
    return _LEAF_OF[here]


def walk(answers: Answers) -> Walk:
    """Return the end that the answers lead to, and each fork on the way."""
    steps: list[Step] = []
    here = FORKS[0].id
    while (fork := _FORK_OF.get(here)) is not None:
        turn = fork.ask(answers)
        by = tuple((name, answer_of(answers, name)) for name in turn.by)
        steps.append(Step(fork=fork.id, text=fork.text, yes=turn.yes, answers=by))
        here = fork.yes if turn.yes else fork.no
    return Walk(tuple(steps), _LEAF_OF[here])


def answer_of(answers: Answers, name: str) -> str | float:
    """Return one answer; "unknown" where a number was left open."""
    value: str | float | None = getattr(answers, name)
    return "unknown" if value is None else value
