"""`tuningfork decide --measure`: the cheaper ways on a person's own examples, as lines."""

import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.decide.answers import Answers
from core.decide.draft import Draft, read_draft, write_draft
from core.decide.measured import NAMES, conclude, figure, model_words, with_measured
from core.errors import DecisionError
from core.jobs.status import Viewer
from core.scoring.measured_rows import MeasureSpec
from core.scoring.measurement import Measurement, read_measurement
from core.scoring.start import draft_improved_prompt, further_means, source_named, start_measure
from core.spec_file import build
from core.workspace import RunFolder, Workspace
from tui import plain
from tui.commands.place import moment, token

_ANSWERED = "strong_prompt_solves"
"""The question that measuring is about, where the wizard goes on."""


def measure(arguments: Namespace, workspace: Workspace) -> Measurement | None:
    """Launch the job, follow it, and return what it found; None when it did not end well."""
    folder = start_measure(
        workspace,
        _spec(arguments, workspace),
        now=moment(),
        token=token(),
        environment=os.environ,
    )
    return follow(folder, as_json=arguments.json)


def follow(folder: RunFolder, *, as_json: bool = False) -> Measurement | None:
    """Print how a measuring job goes on; return what it found."""
    out = sys.stderr if as_json else sys.stdout
    if plain.watch(Viewer(folder), out) != "finished":
        return None
    return read_measurement(folder.path)


def feed_back(workspace: Workspace, found: Measurement) -> Answers:
    """Put what was measured among the answers of the wizard, and return them all."""
    draft = read_draft(workspace.decision_draft) or Draft()
    before = draft.answers
    after = with_measured(before, found)
    for name, value in after.model_dump().items():
        if value != getattr(before, name):
            draft = draft.with_answer(name, value)
    write_draft(workspace.decision_draft, replace(draft, at=_ANSWERED))
    return after


def measured_lines(found: Measurement) -> Iterator[str]:
    """Yield the figures of every contender and what follows from them."""
    yield (
        f"measured on {found.items} examples of {found.source}, answered by {model_words(found)}"
    )
    for name, shares in found.contenders.items():
        figures = ", ".join(figure(share, good) for good, share in shares.items())
        yield f"{NAMES.get(name, name)}: {figures}"
    for name, why in found.left_out.items():
        yield f"{NAMES.get(name, name)}: left out. {why}"
    concluded = conclude(found)
    yield concluded.sentence
    yield from concluded.notes


def _spec(arguments: Namespace, workspace: Workspace) -> MeasureSpec:
    """Return what is asked; the workspace's own prompt and documents unless others are named."""
    base, revision = model_named(arguments.model)
    source = source_named(workspace, arguments.measure)
    if arguments.draft_prompt:
        draft_improved_prompt(workspace, source)
    values: dict[str, Any] = {
        "source": source,
        "base": base,
        "revision": revision,
        "good": arguments.good,
        "threshold": arguments.good_enough,
        **further_means(workspace),
    }
    if arguments.documents is not None:
        values["documents"] = str(arguments.documents.absolute())
    return build(MeasureSpec, values, where="What to measure", error=DecisionError)


def model_named(named: str) -> tuple[str, str | None]:
    """Return a base model and its revision: `embedded`, a folder, or NAME@COMMIT on the Hub."""
    if Path(named).is_dir():
        return str(Path(named).absolute()), None
    base, _, revision = named.partition("@")
    return base, revision or None
