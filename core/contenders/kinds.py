"""The contenders by name, in the order in which they are asked: one line each."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from core.contenders import few_shot, improved_prompt, retrieval
from core.contenders.contender import Contender
from core.contenders.means import Maker, Means, Missing
from core.errors import JobError
from core.text_safety import clip, visible

TUNED = "tuned"
KINDS: Mapping[str, Maker] = {
    "base": lambda means: means.base,
    "improved_prompt": improved_prompt.make,
    "few_shot": few_shot.make,
    "retrieval": retrieval.make,
    TUNED: lambda means: means.tuned or Missing("Nothing was tuned yet."),
}


class Made(NamedTuple):
    """Who answers, and who cannot."""

    contenders: tuple[Contender, ...]
    left_out: dict[str, str]
    """Names of the others, with what they lack."""


def make_contenders(means: Means, names: Collection[str]) -> Made:
    """Return the contenders of these names, as far as there are means for them."""
    unknown = [name for name in names if name not in KINDS]
    if unknown:
        raise JobError(
            what=f"There is no contender {clip(visible(unknown[0]), 40)!r}.",
            why=f"Known are: {', '.join(KINDS)}.",
            remedy="Name one of these.",
        )
    made = {name: make(means) for name, make in KINDS.items() if name in names}
    return Made(
        contenders=tuple(one for one in made.values() if not isinstance(one, Missing)),
        left_out={name: one.why for name, one in made.items() if isinstance(one, Missing)},
    )
