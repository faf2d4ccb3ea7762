"""What goes with a recommendation: what to try first, what it needs, its risks, what to recheck."""

from collections.abc import Iterator

from core.decide.answers import Answers
from core.decide.levels import MINIMUM_EXAMPLES, RECOMMENDED_EXAMPLES, RELIABLE_EXAMPLES
from core.decide.tree import Choice

_TUNED = {"fine_tune", "fine_tune_with_retrieval"}
_LOOKED_UP = {"retrieval", "fine_tune_with_retrieval"}


def alternatives(answers: Answers, choice: Choice) -> tuple[str, ...]:
    """Return what is cheaper and worth trying first, the cheapest first."""
    return tuple(_alternatives(answers, choice))


def _alternatives(answers: Answers, choice: Choice) -> Iterator[str]:
    """Yield one cheaper thing after the other."""
    if answers.strong_prompt_solves != "yes":
        yield "Rewrite the instructions and measure them on 30 real inputs."
        if choice != "few_shot":
            yield "Show 3 to 5 well chosen examples in the prompt."
        yield "Ask a stronger model with the same prompt."
    if choice in _TUNED and answers.fixed_format_or_tone == "yes":
        yield "Force the format: structured output or a grammar needs no training."
    if choice in _LOOKED_UP:
        yield "Paste the right document into the prompt: if that fails, retrieval fails too."
    if choice == "fine_tune_with_retrieval":
        yield "Retrieval alone, with the form described in the prompt."


def needs(answers: Answers, choice: Choice) -> tuple[str, ...]:
    """Return the data, labelling and people that the recommendation takes."""
    return tuple(_needs(answers, choice))


def _needs(answers: Answers, choice: Choice) -> Iterator[str]:
    """Yield one need after the other."""
    if choice in _TUNED:
        have = answers.labelled_examples or 0
        yield (
            f"{MINIMUM_EXAMPLES} labelled examples at the least, {RECOMMENDED_EXAMPLES} to "
            f"{RELIABLE_EXAMPLES:,} for reliable results; there are {have:,}."
        )
        yield "A holdout that is locked before training and never seen by it."
        yield "Two people or more who rate answers without knowing whose they are."
    else:
        yield "30 real inputs with what a good answer looks like, kept for measuring only."
    if choice == "few_shot":
        yield "3 to 5 examples for the prompt, none of them among the inputs kept for measuring."
    if choice in _LOOKED_UP:
        yield "The documents as text, who may see which, and somebody who keeps them current."


def risks(answers: Answers, choice: Choice) -> tuple[str, ...]:
    """Return what can go wrong with it."""
    return tuple(_risks(answers, choice))


def _risks(answers: Answers, choice: Choice) -> Iterator[str]:
    """Yield one risk after the other."""
    if choice in _TUNED:
        yield "Overfitting: the model repeats its rows; watch the validation loss and the holdout."
        yield "Licence: the base model's licence binds what is tuned from it, and its outputs."
        yield "Drift: inputs change after training; what was measured then is not true for ever."
    if choice in _LOOKED_UP:
        yield "Retrieval finds the wrong page or an old one; measure the finding by itself."
    if choice not in _TUNED:
        yield "Drift: the vendor's model changes under the same name; keep the 30 inputs."
    if answers.regulated == "yes":
        yield "Regulated use: an answer without a person's review can break the law."


def reminders(answers: Answers, choice: Choice) -> tuple[str, ...]:
    """Return what to come back to after the decision."""
    return tuple(_reminders(answers, choice))


def _reminders(answers: Answers, choice: Choice) -> Iterator[str]:
    """Yield one reminder after the other."""
    if choice in _TUNED:
        yield "Train again when new labelled data has come in, or the task has changed."
        yield "Check again when the base model or the vendor changes or retires it."
    else:
        yield "Ask again when the vendor changes the model, or the task has changed."
    if answers.knowledge_changes in {"yearly", "monthly", "weekly", "daily"}:
        yield f"Facts change {answers.knowledge_changes}: keep the documents at that pace."
    if answers.regulated == "yes":
        yield "Keep a person's review of every regulated answer, however good the scores are."
