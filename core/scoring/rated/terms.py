"""What was agreed before the first rating, and what is known of the study's integrity."""

from dataclasses import dataclass
from typing import Literal

Rule = Literal["all", "holm"]
Stopping = Literal["fixed", "sequential"]
Primary = Literal["ratings", "picks"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The part of a plan that decides what the same ratings mean."""

    tuned: str
    """Name of the contender that is to be shipped or not."""
    alpha: float = 0.05
    """How often at most a study without a true difference may say ship."""
    worthwhile: float = 0.5
    """Smallest gain in rating points that is worth having."""
    unsafe_allowance: int = 0
    """Unsafe answers of the tuned model that are let pass."""
    unsafe_bound: float | None = None
    """Share of unsafe answers that must be ruled out; None where the plan names none."""
    rule: Rule = "all"
    """`all`: every comparison must hold, each at alpha; `holm`: adjusted, to name who is beaten."""
    stopping: Stopping = "fixed"
    """`sequential` where results may be watched: evidence decides instead of p."""
    primary: Primary = "ratings"
    """Whose evidence decides in a sequential study."""
    raters: int = 0
    """Ratings that an item of a sequential study needs before it counts; 0 where nobody said."""
    available: int | None = None
    """Items there are to rate, the cap of a sequential study; None where nobody knows."""
    limit_p: float = 0.01
    """Blinding and position tests below this p make the verdict void."""

    @property
    def confidence(self) -> float:
        """The confidence of every interval."""
        return 1 - self.alpha


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrity:
    """What the log and the raters' exit questions show of the study itself."""

    problems: tuple[str, ...] = ()
    """Sentences on what is broken: chain, holdout root, plan hash, missing ratings."""
    blinding_p: float | None = None
    """p of "raters told the fine-tune no better than chance"; None where nobody was asked."""
    position_p: float | None = None
    """p of "the place of an answer does not matter"; None where places are not known."""
    verified: bool = True
    """False for ratings made elsewhere, which have no plan and no chain."""
