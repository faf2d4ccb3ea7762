"""What a person answered about a task; an answer left out is an honest "unknown"."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from core.errors import DecisionError
from core.spec_file import Spec, build, read_toml

YesNo = Literal["yes", "no", "unknown"]
HowOften = Literal["never", "yearly", "monthly", "weekly", "daily", "unknown"]
Skill = Literal["none", "some", "strong", "unknown"]
TaskKind = Literal[
    "classification",
    "extraction",
    "format",
    "tone",
    "question_answering",
    "reasoning",
    "other",
    "unknown",
]


class Answers(Spec):
    """The answers to the questions of `core.decide.questions`, by the id of the question."""

    strong_prompt_tried: YesNo = "unknown"
    """Whether a strong prompt with a few examples was tried on real inputs."""
    strong_prompt_solves: YesNo = "unknown"
    """Whether that prompt is already good enough."""
    needs_private_documents: YesNo = "unknown"
    """Whether right answers depend on documents that a public model has not read."""
    knowledge_changes: HowOften = "unknown"
    """How often the facts behind the answers change."""
    fixed_format_or_tone: YesNo = "unknown"
    """Whether every answer must keep one format or one tone."""
    task_kind: TaskKind = "unknown"
    """What the model does with an input."""
    complex_reasoning: YesNo = "unknown"
    """Whether an answer needs several steps of reasoning."""
    requests_per_day: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Expected requests a day; left out when nobody knows."""
    labelled_examples: int | None = Field(default=None, ge=0)
    """Input and good answer pairs that exist today; left out when nobody counted."""
    latency_ms: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Longest acceptable wait for an answer, in milliseconds; left out when there is no limit."""
    monthly_budget: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """What answering may cost a month, in your own currency; left out when it is open."""
    regulated: YesNo = "unknown"
    """Whether law or contract holds somebody to account for single answers."""
    data_may_leave: YesNo = "unknown"
    """Whether prompts and examples may be sent to another company."""
    has_gpu: YesNo = "unknown"
    """Whether you have a GPU for training and answering."""
    operations_skill: Skill = "unknown"
    """How well your team can run a model server day and night."""


def read_answers(path: Path) -> Answers:
    """Return the answers in a TOML file; complaints name the field."""
    values = read_toml(path, error=DecisionError)
    return build(Answers, values, where=str(path), error=DecisionError)
