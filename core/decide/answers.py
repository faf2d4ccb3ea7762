"""What a person answered about a task; an answer left out is an honest "unknown"."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from core.errors import DecisionError
from core.spec_file import Spec, allowed_values, read_toml
from core.text_safety import clip, visible

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
_SHOWN = 80


def _number(value: Any) -> Any:
    """Return None for the word "unknown"; yes and no are no numbers, though Python counts them."""
    if isinstance(value, bool):
        raise ValueError("a number is asked")
    return None if value == "unknown" else value


Amount = Annotated[float | None, BeforeValidator(_number)]
Count = Annotated[int | None, BeforeValidator(_number)]


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
    requests_per_day: Amount = Field(default=None, ge=0, allow_inf_nan=False)
    """Expected requests a day; left out when nobody knows."""
    labelled_examples: Count = Field(default=None, ge=0)
    """Input and good answer pairs that exist today; left out when nobody counted."""
    latency_ms: Amount = Field(default=None, gt=0, allow_inf_nan=False)
    """Longest acceptable wait for an answer, in milliseconds; left out when there is no limit."""
    monthly_budget: Amount = Field(default=None, ge=0, allow_inf_nan=False)
    """What answering may cost a month, in your own currency; left out when it is open."""
    regulated: YesNo = "unknown"
    """Whether law or contract holds somebody to account for single answers."""
    data_may_leave: YesNo = "unknown"
    """Whether prompts and examples may be sent to another company."""
    has_gpu: YesNo = "unknown"
    """Whether you have a GPU for training and answering."""
    operations_skill: Skill = "unknown"
    """How well your team can run a model server day and night."""
    data_rights: YesNo = "unknown"
    """Whether you may train on the examples: licence, contract and consent allow it."""
    personal_data: YesNo = "unknown"
    """Whether the examples or the inputs hold personal data."""
    labellers: Count = Field(default=None, ge=0)
    """People who can write or correct examples; left out when nobody was asked."""
    raters: Count = Field(default=None, ge=0)
    """People who can rate answers without knowing whose they are; left out when not asked."""


def read_answers(path: Path) -> Answers:
    """Return the answers in a TOML file; a complaint names every field that does not fit."""
    values = read_toml(path, error=DecisionError)
    try:
        return Answers.model_validate(values)
    except ValidationError as invalid:
        raise _complaint(path, invalid) from invalid


def _complaint(path: Path, invalid: ValidationError) -> DecisionError:
    """Return one error that names each wrong field once, with what it may hold."""
    faults = {str(fault["loc"][0]): fault for fault in invalid.errors(include_url=False)}
    wrong, allowed = [], []
    strange = False
    for name, fault in faults.items():
        shown = visible(clip(name, _SHOWN))
        field = Answers.model_fields.get(name)
        if field is None:
            strange = True
            wrong.append(f"{shown} is not a field")
        else:
            wrong.append(f"{shown} is {visible(clip(repr(fault['input']), _SHOWN))}")
            allowed.append(f"{shown} may be {allowed_values(field)}.")
    if strange:
        allowed.append(f"The fields are {', '.join(Answers.model_fields)}.")
    count = "One answer does" if len(wrong) == 1 else f"{len(wrong)} answers do"
    return DecisionError(
        what=f"{visible(str(path))}: {'; '.join(wrong)}.",
        why=f"{count} not fit the questions; nothing was decided.",
        remedy=f"{' '.join(allowed)} Leave out what you don't know.",
    )
