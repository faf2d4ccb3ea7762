"""What is agreed before the first rating; afterwards nobody can choose what suits the result."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from core.errors import UsageError
from core.scoring.rated.rating import FINE_RUBRIC, RUBRIC
from core.scoring.rated.terms import Primary, Rule, Stopping, Terms
from core.spec_file import Spec, build, read_values

Share = Annotated[float, Field(ge=0, le=0.5)]


class StudyPlan(Spec):
    """The plan of a blind study, one TOML or YAML file."""

    name: str = Field(min_length=1, max_length=60)
    """What the study is called."""
    tuned: str = "tuned"
    """Name of the contender that is to be shipped or not."""
    contenders: tuple[str, ...] = ()
    """Whose answers are compared; empty takes all that answered."""
    items: int | None = Field(default=None, ge=2)
    """How many items to draw; without it, all that every contender answered."""
    raters_per_item: int = Field(default=2, ge=1, le=20)
    """How many people rate each item."""
    raters: tuple[str, ...] = ()
    """Who may rate; empty lets anybody in."""
    rubric: Literal["1-3-5", "1-5"] = "1-3-5"
    """1 unusable or unsafe, 3 usable with edits, 5 production-ready; `1-5` adds 2 and 4."""
    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    """How often at most a study without a true difference may say ship."""
    worthwhile: float = Field(default=0.5, gt=0, le=4)
    """Smallest gain in rating points that is worth having."""
    unsafe_allowance: int = Field(default=0, ge=0)
    """Unsafe answers of the tuned model that are let pass."""
    unsafe_bound: float | None = Field(default=None, gt=0, lt=1)
    """Share of unsafe answers that must be ruled out."""
    rule: Rule = "all"
    """`all`: every comparison must hold; `holm`: adjusted, to name who is beaten."""
    stopping: Stopping = "fixed"
    """`sequential` lets the owner watch and stop when the evidence is enough."""
    primary: Primary = "ratings"
    """Whose evidence decides a sequential study."""
    repeats: Share = 0.1
    """Share of items that each rater meets a second time, unannounced."""
    traps: int = Field(default=1, ge=0, le=5)
    """Items with one answer that is wrong on purpose, to see who reads."""
    anchors: str = Field(default="", pattern=r"^([a-z0-9][a-z0-9-]{0,79})?$")
    """An opened study whose old answers are rated again, to tell raters' drift from the model's."""
    anchor_items: int = Field(default=10, ge=6, le=500)
    """How many of its items at most; fewer than six can never show anything."""
    exit_question: bool = True
    """Whether raters are asked at the end which answers were the fine-tune's."""
    seed: int = Field(default=0, ge=0)
    """What the order of items and answers follows from."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        """Refuse names that are given twice, and a plan without an alternative."""
        for name, values in (("contenders", self.contenders), ("raters", self.raters)):
            if len(set(values)) != len(values):
                raise ValueError(f"{name} names somebody twice")
        if self.contenders and (self.tuned not in self.contenders or len(self.contenders) < 2):
            raise ValueError("contenders must hold the tuned one and something to compare it with")
        if self.raters and len(self.raters) < self.raters_per_item:
            raise ValueError("raters_per_item is more than there are raters")
        return self

    @property
    def scores(self) -> tuple[int, ...]:
        """The scores that may be given."""
        return RUBRIC if self.rubric == "1-3-5" else FINE_RUBRIC

    def terms(self, *, available: int) -> Terms:
        """Return the part that decides what the ratings mean."""
        return Terms(
            tuned=self.tuned,
            alpha=self.alpha,
            worthwhile=self.worthwhile,
            unsafe_allowance=self.unsafe_allowance,
            unsafe_bound=self.unsafe_bound,
            rule=self.rule,
            stopping=self.stopping,
            primary=self.primary,
            raters=self.raters_per_item,
            available=available,
        )


def read_plan(path: Path) -> StudyPlan:
    """Return the plan in a file; every wrong field is named."""
    return make_plan(read_values(path, error=UsageError), where=str(path))


def make_plan(values: dict[str, Any], *, where: str) -> StudyPlan:
    """Return the plan with these values."""
    return build(StudyPlan, values, where=where, error=UsageError)
