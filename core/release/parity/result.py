"""What a parity proof found, in figures and in one sentence."""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from core.release.parity.compare import WORDS, Answered, Cause, Parted, common

_LEAST = 0.9
"""Share of identical answers below which rounding is no excuse any more."""
_KEPT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One holdout row, asked twice."""

    name: str
    """Its row key."""
    tokens: int
    """Tokens of the scored answer."""
    agree: int
    """Tokens up to the first that is another one."""
    parted: Parted | None
    """How it differs; None where it does not."""


def item(name: str, wanted: Answered, got: Answered, parted: Parted | None) -> Item:
    """Return what came of one row."""
    agree = common(wanted.ids, got.ids)
    return Item(name=name, tokens=len(wanted.ids), agree=agree, parted=parted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """All of it."""

    items: tuple[Item, ...]
    through: str
    """Who answered: the address of a server, or `in process`; safe to show."""
    stored: int | None
    """Of the answers that were scored, those that the model gives again on this machine; None where
    the run was not scored."""
    other_stops: bool = False
    """Whether other tokens end its answers than those of the scored model, known without asking;
    False where a server does not say."""

    @property
    def identical(self) -> int:
        """Return how many answers are the same to the last token."""
        return sum(one.parted is None or one.parted.at is None for one in self.items)

    @property
    def agreement(self) -> float:
        """Return the share of tokens before the first that is another one."""
        tokens = sum(one.tokens for one in self.items)
        return sum(one.agree for one in self.items) / tokens if tokens else 1.0

    @property
    def causes(self) -> dict[Cause, int]:
        """Return for every reason how many answers show it, the commonest first.

        None need to: stop words that are others count also where no answer ran into them.
        """
        found = Counter(cause for one in self.items if one.parted for cause in one.parted.causes)
        unseen: dict[Cause, int] = {"stop_words": 0} if self.other_stops else {}
        return unseen | dict(found.most_common())

    @property
    def passed(self) -> bool:
        """Whether all answers are the same, or nearly all and the others differ by rounding."""
        if not self.items:
            return False
        rounding_only = set(self.causes) <= {"precision"}
        return rounding_only and self.identical >= _LEAST * len(self.items)

    @property
    def sentence(self) -> str:
        """Return the proof in one sentence, safe to show."""
        counts = f"{self.identical} of {len(self.items)} answers are the same to the last token"
        if not self.causes:
            return f"Proven: {counts} ({self.through})."
        why = "; ".join(f"{WORDS[cause]} ({count})" for cause, count in self.causes.items())
        word = "Proven" if self.passed else "NOT the scored model"
        return f"{word}: {counts}, {self.agreement:.1%} of the tokens before they part. {why}."

    def as_json(self) -> dict[str, Any]:
        """Return the form in `proof.json`."""
        differing = [one for one in self.items if one.parted]
        return {
            "format": 1,
            "passed": self.passed,
            "sentence": self.sentence,
            "through": self.through,
            "items": len(self.items),
            "identical": self.identical,
            "token_agreement": self.agreement,
            "causes": dict(self.causes),
            "scored_answers_given_again": self.stored,
            "differing": [asdict(one) for one in differing[:_KEPT]],
        }
