"""What a measurement says about the questions of the wizard, and with which uncertainty."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.decide.answers import Answers, YesNo
from core.scoring.measurement import Good, Measurement, Share, newest_measurement
from core.scoring.statistics.shares import wilson
from core.workspace import Workspace

PROMPTED = ("base", "improved_prompt", "few_shot")
"""Contenders that are nothing but a prompt, the cheapest first."""
NAMES: Mapping[str, str] = {
    "base": "the prompt as it is",
    "improved_prompt": "the improved prompt",
    "few_shot": "few-shot",
    "retrieval": "retrieval",
}
GOOD: Mapping[Good, str] = {
    "exact": "exact",
    "same_format": "in the right format",
    "valid_json": "valid JSON",
}
"""What a good answer is called behind a count."""
_MOST_EXAMPLES = 2000
"""More than this nobody labels to settle a question about prompting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concluded:
    """What a measurement settles, for a person and for the wizard."""

    solves: YesNo
    """Whether a prompt is good enough; unknown where the figures allow both."""
    sentence: str
    """The result in one or two sentences."""
    notes: tuple[str, ...]
    """What to mind about it."""
    answers: Mapping[str, str | int]
    """Answers to questions of the wizard that follow, by their ids."""
    provenance: Mapping[str, str]
    """For each of them where it is from."""

    @property
    def stop(self) -> bool:
        """Whether there is nothing left to tune for."""
        return self.solves == "yes"

    def as_json(self) -> dict[str, object]:
        """Return the form inside `decide --json` and in the record of a decision."""
        return {
            "solves": self.solves,
            "stop": self.stop,
            "sentence": self.sentence,
            "notes": list(self.notes),
            "answers": dict(self.answers),
            "provenance": dict(self.provenance),
        }


def conclude(found: Measurement) -> Concluded:
    """Return what follows from the figures.

    Each contender has its own 95 % interval. `yes` takes one prompt that is surely good enough,
    `no` takes that every prompt is surely not, and that answers of another form are wrong ones.
    """
    shares = {name: found.contenders[name][found.good] for name in _measured(found)}
    best = max(shares, key=lambda name: _merits(found, name))
    tried = any(name in shares for name in ("improved_prompt", "few_shot"))
    solves: YesNo = "unknown"
    if shares[best].low >= found.threshold:
        solves = "yes"
    elif tried and found.closed and all(one.high < found.threshold for one in shares.values()):
        solves = "no"
    where = f"{_on(found)}, {_count(shares[best], found.good)}"
    words = f"{where}: {NAMES[best]}, answered by {model_words(found)}"
    answers: dict[str, str | int] = {"strong_prompt_solves": solves}
    if tried:
        answers["strong_prompt_tried"] = "yes"
    return Concluded(
        solves=solves,
        sentence=_sentence(found, solves, best, shares[best]),
        notes=_notes(found, solves, shares[best]),
        answers=answers,
        provenance=dict.fromkeys(answers, words),
    )


def _merits(found: Measurement, name: str) -> tuple[int, ...]:
    """Return what a contender is chosen by: good answers, then milder measures of them."""
    shares = found.contenders[name]
    return tuple(shares[good].hits for good in (found.good, "exact", "same_format", "valid_json"))


def _measured(found: Measurement) -> list[str]:
    return [name for name in PROMPTED if name in found.contenders]


def with_measured(answers: Answers, found: Measurement) -> Answers:
    """Return the answers with those that were measured; examples are counted where nobody did."""
    update: dict[str, Any] = dict(conclude(found).answers)
    if answers.labelled_examples is None:
        update["labelled_examples"] = found.rows
    return answers.model_copy(update=update)


def still_measured(given: Mapping[str, Any], found: Measurement) -> dict[str, object] | None:
    """Return what a decision keeps of a measurement; None where its answers say another thing.

    An answer somebody changed after measuring is theirs, and has lost its provenance.
    """
    concluded = conclude(found)
    held = {name: value for name, value in concluded.answers.items() if given.get(name) == value}
    if "strong_prompt_solves" not in held:
        return None
    kept = {name: concluded.provenance[name] for name in held}
    if given.get("labelled_examples") == found.rows:
        kept["labelled_examples"] = f"counted in {found.source}: {found.rows:,} rows can be used"
    return {**as_json(found), "answers": held, "provenance": kept}


def measured_part(workspace: Workspace | None, given: Mapping[str, Any]) -> dict[str, object]:
    """Return what goes with a decision of these answers: what was measured last, if it fits."""
    found = None if workspace is None else newest_measurement(workspace)
    kept = None if found is None else still_measured(given, found)
    return {} if kept is None else {"measured": kept}


def as_json(found: Measurement) -> dict[str, object]:
    """Return the figures of every contender with what follows from them."""
    return {
        "job": found.job,
        "source": found.source,
        "model": found.model,
        "examples": found.items,
        "good": found.good,
        "threshold": found.threshold,
        "contenders": {
            name: {
                good: {
                    "hits": share.hits,
                    "n": share.n,
                    "share": share.hits / share.n,
                    "low": share.low,
                    "high": share.high,
                }
                for good, share in shares.items()
            }
            for name, shares in found.contenders.items()
        },
        "left_out": found.left_out,
        "cut": found.cut,
        **conclude(found).as_json(),
    }


def figure(share: Share, good: Good) -> str:
    """Return a share in words, as "14 of 20 exact (48-85 %)"."""
    return f"{share.hits} of {share.n} {GOOD[good]} ({_range(share)})"


def model_words(found: Measurement) -> str:
    """Return what a person calls the model that answered."""
    return "the included model" if found.model == "embedded" else found.model


def _count(share: Share, good: Good) -> str:
    return f"{share.hits} {GOOD[good]} ({_range(share)})"


def _range(share: Share) -> str:
    return f"{100 * share.low:.0f}-{100 * share.high:.0f} %"


def _on(found: Measurement) -> str:
    return f"measured on {found.items} examples"


def _sentence(found: Measurement, solves: YesNo, best: str, share: Share) -> str:
    """Return the result in words."""
    name = NAMES[best][0].upper() + NAMES[best][1:]
    counted = figure(share, found.good)
    asked = f"{100 * found.threshold:.0f} %"
    if solves == "yes":
        return f"{name} is good enough: {counted}. Stop here: nothing has to be tuned."
    if solves == "no":
        return (
            f"No prompt is good enough: the best, {NAMES[best]}, has {counted}; {asked} is asked."
        )
    if share.high < found.threshold:
        return (
            f"{name} has {counted}, but a good answer can be worded in many ways: equal words say "
            "too little here. Read the answers and judge."
        )
    more = examples_to_settle(share, found.threshold)
    hint = (
        f"About {more - share.n} more examples would settle it."
        if more is not None
        else "It is so near that no number of examples worth labelling settles it."
    )
    return f"Not settled: {NAMES[best]} has {counted}, and {asked} lies within that. {hint}"


def _notes(found: Measurement, solves: YesNo, best: Share) -> tuple[str, ...]:
    """Return what to mind, the gravest first."""
    notes = []
    looked_up = found.contenders.get("retrieval", {}).get(found.good)
    if looked_up and looked_up.low >= found.threshold and solves != "yes":
        notes.append(
            f"Retrieval is good enough: {figure(looked_up, found.good)}. Look facts up before "
            "anything is tuned."
        )
    elif looked_up and looked_up.low > best.high:
        notes.append(
            f"Retrieval does better than any prompt: {figure(looked_up, found.good)}. Right "
            "answers depend on the documents."
        )
    if found.model == "embedded":
        notes.append(
            "The included model is a toy of 3.6 million weights: what it cannot do, a real one may."
        )
    notes += [
        f"{count} prompts of {NAMES.get(name, name)} were too long and lost their beginning."
        for name, count in found.cut.items()
        if count
    ]
    return tuple(notes)


def examples_to_settle(share: Share, threshold: float) -> int | None:
    """Return the number of examples at which this share would leave no doubt; None for too many."""
    part = share.hits / share.n
    for n in range(share.n + 1, _MOST_EXAMPLES + 1):
        low, high = wilson(round(part * n), n)
        if not low < threshold <= high:
            return n
    return None
