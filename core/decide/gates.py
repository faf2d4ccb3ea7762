"""Conditions under which a recommendation holds: each one unmet or unknown is told."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from core.decide.answers import Answers
from core.decide.levels import (
    FAST_MS,
    GUIDE_OF_A_SERVICE,
    MINIMUM_EXAMPLES,
    OWN_JUDGEMENT,
    PRACTICE,
    RECOMMENDED_EXAMPLES,
    RELIABLE_EXAMPLES,
    THIN_EXAMPLES,
    WORKABLE_EXAMPLES,
)

Weight = Literal["stop", "mind", "ask"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One condition that the answers do not meet, or leave open."""

    question: str
    """Id of the question that it hangs on."""
    weight: Weight
    """`stop`: settle before anything is trained; `mind`: go on with care; `ask`: find out."""
    text: str
    """What to do, in one sentence."""
    whose: str = ""
    """Whose threshold it is; empty where there is no number in it."""

    def as_json(self) -> dict[str, object]:
        """Return the form inside `decide --json`."""
        return {
            "question": self.question,
            "weight": self.weight,
            "text": self.text,
            "whose": self.whose,
        }


def gates(answers: Answers, *, tunes: bool, looks_up: bool = False) -> tuple[Gate, ...]:
    """Return what must hold or be found out, the gravest first."""
    found = [*_responsibility(answers)]
    if looks_up and answers.latency_ms is not None and answers.latency_ms < FAST_MS:
        found.append(
            Gate(
                question="latency_ms",
                weight="mind",
                text=f"Under {FAST_MS} ms leaves little time for a search: measure it first.",
                whose=OWN_JUDGEMENT,
            )
        )
    if tunes:
        found += [
            *_rights(answers),
            *_examples(answers.labelled_examples),
            *_people(answers),
            *_operations(answers),
            *_tuning(answers),
        ]
    order: tuple[Weight, ...] = ("stop", "mind", "ask")
    return tuple(sorted(found, key=lambda gate: order.index(gate.weight)))


def _responsibility(answers: Answers) -> Iterator[Gate]:
    """Yield what law and privacy ask, whatever is recommended."""
    if answers.regulated == "yes":
        yield Gate(
            question="regulated",
            weight="mind",
            text="Regulated: a person must review answers before they count, and a log must be "
            "kept.",
        )
    if answers.data_may_leave == "no":
        yield Gate(
            question="data_may_leave",
            weight="mind",
            text="Data may not leave: use models on your own machines only; no hosted service.",
        )
    elif answers.data_may_leave == "unknown":
        yield Gate(
            question="data_may_leave",
            weight="ask",
            text="Find out whether data may leave before sending a row to any hosted service.",
        )
    if answers.strong_prompt_solves != "yes" and answers.strong_prompt_tried == "unknown":
        yield Gate(
            question="strong_prompt_tried",
            weight="ask",
            text="Unknown whether a strong prompt was tried: do that first, it may be enough.",
        )
    elif answers.strong_prompt_tried == "yes" and answers.strong_prompt_solves == "unknown":
        yield Gate(
            question="strong_prompt_solves",
            weight="ask",
            text="Unknown whether the prompt is good enough: measure it on 30 real inputs.",
        )
    elif answers.strong_prompt_tried == "no" and answers.strong_prompt_solves == "no":
        yield Gate(
            question="strong_prompt_solves",
            weight="ask",
            text="A prompt that nobody tried cannot have fallen short: try one, then answer again.",
        )


def _rights(answers: Answers) -> Iterator[Gate]:
    """Yield what the rows themselves must allow."""
    if answers.data_rights == "no":
        yield Gate(
            question="data_rights",
            weight="stop",
            text="You may not train on these examples: get the right, or write others.",
        )
    elif answers.data_rights == "unknown":
        yield Gate(
            question="data_rights",
            weight="ask",
            text="Find out whether licence, contract and consent allow training on the rows.",
        )
    if answers.personal_data == "yes":
        yield Gate(
            question="personal_data",
            weight="mind",
            text="Personal data: mask it before training; a model can repeat what it was shown.",
        )
    elif answers.personal_data == "unknown":
        yield Gate(
            question="personal_data",
            weight="ask",
            text="Look for personal data: `tuningfork inspect` lists what it finds.",
        )


def _examples(examples: int | None) -> Iterator[Gate]:
    """Yield what the number of labelled examples allows."""
    text, whose = _examples_text(examples)
    if text:
        weight: Weight = "ask" if examples is None else "mind"
        yield Gate(question="labelled_examples", weight=weight, text=text, whose=whose)


def _examples_text(examples: int | None) -> tuple[str, str]:
    """Return what to say of a number of examples, and whose threshold it is; empty for enough."""
    if examples is None:
        text = f"Count your labelled examples: tuning needs {MINIMUM_EXAMPLES} at the very least."
        return text, GUIDE_OF_A_SERVICE
    if examples < THIN_EXAMPLES:
        return (
            f"{examples} examples are the bare minimum; expect to see only big gains.",
            GUIDE_OF_A_SERVICE,
        )
    if examples < WORKABLE_EXAMPLES:
        text = f"{examples} examples are thin; every bad row counts, so inspect all of them."
        return text, PRACTICE
    if examples < RECOMMENDED_EXAMPLES:
        return (
            f"{examples} examples can work; {RECOMMENDED_EXAMPLES} or more are recommended, up to "
            f"{RELIABLE_EXAMPLES:,} for reliable results.",
            PRACTICE,
        )
    return "", ""


def _people(answers: Answers) -> Iterator[Gate]:
    """Yield who is missing to label and to rate."""
    if answers.labellers == 0:
        yield Gate(
            question="labellers",
            weight="stop",
            text="Nobody can label: faults in the data will stay, and nothing can be added.",
        )
    if answers.raters == 0:
        yield Gate(
            question="raters",
            weight="stop",
            text="Nobody can rate: without blind ratings nobody will know whether it helped.",
        )
    elif answers.raters == 1:
        yield Gate(
            question="raters",
            weight="mind",
            text="One rater: a second one shows whether the ratings can be trusted.",
            whose=PRACTICE,
        )


def _operations(answers: Answers) -> Iterator[Gate]:
    """Yield what running a tuned model takes."""
    own = answers.data_may_leave == "no"
    if answers.operations_skill == "none":
        yield Gate(
            question="operations_skill",
            weight="stop" if own else "mind",
            text="Nobody can run a server and data may not leave: settle who runs it before tuning."
            if own
            else "Nobody can run a server: start with hosted tuning, move it home later.",
        )
    elif answers.operations_skill == "unknown":
        yield Gate(
            question="operations_skill",
            weight="ask",
            text="Find out who is called when a model of your own stops answering at night.",
        )
    if answers.has_gpu == "no":
        yield Gate(
            question="has_gpu",
            weight="mind",
            text="No GPU and data may not leave: only small models can be tuned and served."
            if own
            else "No GPU: tune a small model here, or a larger one with a hosted service.",
        )


def _tuning(answers: Answers) -> Iterator[Gate]:
    """Yield where tuning itself has limits."""
    if answers.complex_reasoning == "yes" or answers.task_kind == "reasoning":
        yield Gate(
            question="complex_reasoning",
            weight="mind",
            text="Tuning fixes the form of answers; check the reasoning itself on the holdout.",
        )
    if answers.knowledge_changes == "yearly":
        yield Gate(
            question="knowledge_changes",
            weight="mind",
            text="Facts change yearly: plan a new training each time, or look them up.",
        )
    elif answers.needs_private_documents == "unknown":
        yield Gate(
            question="needs_private_documents",
            weight="ask",
            text="Unknown whether documents are needed: tuning alone will not teach new facts.",
        )
    if answers.requests_per_day is None:
        yield Gate(
            question="requests_per_day",
            weight="ask",
            text="Unknown how much is asked a day: whether a tuned model pays cannot be told.",
        )
    if answers.monthly_budget == 0:
        yield Gate(
            question="monthly_budget",
            weight="stop",
            text="There is no budget: a tuned model costs a machine or a service every month.",
        )
    if answers.latency_ms is not None and answers.latency_ms < FAST_MS and answers.has_gpu == "no":
        yield Gate(
            question="latency_ms",
            weight="mind",
            text=f"Under {FAST_MS} ms without a GPU allows very short answers only: measure first.",
            whose=OWN_JUDGEMENT,
        )
