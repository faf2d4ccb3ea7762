"""Trying prompts as lines: on what, by whom, how far it is, and what came of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from tui.widgets.page import Hanging, Line, field
from tui.widgets.safe_text import safe_text
from tui.wording import LIVE, phase_words, progress, span

if TYPE_CHECKING:
    from core.jobs.status import JobStatus
    from core.scoring.measurement import Good, Measurement

_LABEL = 12
_NAME = 22
_BAR = 20
_PROMPT_LINES = 3
_PROMPT_LETTERS = 120
GOOD_WORDS: "dict[Good, str]" = {
    "exact": "equal to its reference",
    "same_format": "JSON with the keys of its reference, in their order",
    "valid_json": "JSON at all",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a person asks to be measured."""

    rows: str = ""
    """A file, or the name of a split; "" while nobody said."""
    model: str = "embedded"
    """A folder, NAME@COMMIT of the Hub, or the included model."""
    good: "Good" = "exact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the workspace holds about it."""

    prompt: str
    """The person's own; "" while there is none."""
    prompt_path: str
    """Where it lies in the workspace."""
    documents: int | None
    """Files to look things up in; None without their folder."""
    split: str
    """A split of the workspace; "" where there is none."""
    status: "JobStatus | None"
    """The newest measuring job."""
    found: "Measurement | None"
    """The newest result."""


def trial_lines(trial: Trial, look: Look) -> Iterator[Line]:
    """Yield what would be measured, then what was."""
    yield Text("Try prompting now", style="title")
    yield Text("")
    yield field("Examples", _rows(trial), width=_LABEL)
    yield field("Model", _model(trial), width=_LABEL)
    yield field("Good is", Text(f"an answer that is {GOOD_WORDS[trial.good]}"), width=_LABEL)
    yield from _prompt(look)
    yield field("Documents", _documents(look), width=_LABEL)
    yield Text("")
    if look.status is not None and look.status.state in LIVE:
        yield _under_way(look.status)
        yield Text("")
    if look.found is not None:
        yield from result_lines(look.found)


def _rows(trial: Trial) -> Text:
    if trial.rows:
        return safe_text(trial.rows, limit=200)
    return Text.assemble("none yet: ", ("f", "key"), " names a file; 10 examples are enough")


def _model(trial: Trial) -> Text:
    if trial.model == "embedded":
        return Text("the included model, a toy that shows the way")
    return safe_text(trial.model, limit=200)


def _prompt(look: Look) -> Iterator[Line]:
    """Yield the beginning of the person's own prompt, and where it lies."""
    lines = [line for line in look.prompt.splitlines() if line.strip()]
    if not lines:
        words = Text.assemble("none yet: ", ("d", "key"), " drafts one into ")
        yield field("Prompt", words.append_text(safe_text(look.prompt_path)), width=_LABEL)
        return
    yield field("Prompt", safe_text(lines[0], limit=_PROMPT_LETTERS), width=_LABEL)
    for line in lines[1:_PROMPT_LINES]:
        yield Hanging(
            Text(" " * _LABEL).append_text(safe_text(line, limit=_PROMPT_LETTERS)), _LABEL
        )
    where = safe_text(look.prompt_path, ink="muted")
    yield Hanging(Text.assemble(" " * _LABEL, ("edit it in ", "muted"), where), _LABEL)


def _documents(look: Look) -> Text:
    if look.documents is None:
        return Text("none: texts in the folder documents/ of the workspace would be looked up")
    return Text(f"{look.documents} files in documents/")


def _under_way(status: "JobStatus") -> Text:
    """Return how far the job is."""
    from core.events.timing import eta

    run = status.run_state
    left = eta(run)
    words = f"{phase_words(run.phase) or status.state} {progress(run.phase_done, run.phase_total)}"
    time = f" · time left: {span(*left)}" if left else ""
    return Text(f"Measuring: {words.strip()}{time}", style="accent")


def result_lines(found: "Measurement") -> Iterator[Line]:
    """Yield the figures of every contender and what follows from them."""
    from core.decide.measured import NAMES, conclude, figure, model_words

    head = Text(f"Measured on {found.items} examples of ", style="strong")
    head.append_text(safe_text(found.source, ink="strong"))
    yield head.append_text(Text(", answered by ")).append_text(safe_text(model_words(found)))
    for name, shares in found.contenders.items():
        share = shares[found.good]
        filled = round(_BAR * share.hits / share.n)
        bar = Text("█" * filled, style="accent").append("·" * (_BAR - filled), style="muted")
        label = safe_text(NAMES.get(name, name), limit=_NAME).plain.ljust(_NAME)
        yield Text.assemble(safe_text(label), bar, "  ", figure(share, found.good))
    for name, why in found.left_out.items():
        words = Text(f"{NAMES.get(name, name):<{_NAME}}", style="muted")
        yield Hanging(words.append_text(safe_text(f"left out. {why}", ink="muted")), _NAME)
    concluded = conclude(found)
    ink = {"yes": "good", "no": "warn", "unknown": "strong"}[concluded.solves]
    yield Text("")
    yield safe_text(concluded.sentence, limit=400, ink=ink)
    for note in concluded.notes:
        yield safe_text(note, limit=400, ink="muted")
    answer = f"Is that prompt good enough? {concluded.solves}"
    yield Text.assemble(("t", "key"), " takes this as your answer: ", (answer, "strong"))
