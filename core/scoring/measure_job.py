"""The job that tries the cheaper ways on a person's own examples, before anything is tuned.

It asks exactly as scoring does and measures the answers with the same functions.
"""

import json
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, get_args

from core.catalog.base_models import locate_model
from core.contenders.answering import answer_all
from core.contenders.kinds import KINDS, TUNED, make_contenders
from core.contenders.means import Means
from core.data.rows import Example
from core.errors import JobError
from core.jobs.context import Finished, JobContext, Outcome, Stopped
from core.scoring.measured_rows import MeasureSpec, prepare, shown_source
from core.scoring.measurement import NAME, Good, Measurement, Share, measurement_bytes
from core.scoring.metrics import measure
from core.scoring.statistics.shares import wilson
from core.spec_file import build
from core.storage import replace_file
from core.text_safety import clip, visible

_LOCAL = "core.contenders.local"
"""Imports torch, so it is named here and resolved in the worker."""
_LABEL_WORDS = 5
"""An answer of at most this many words is a label, which is right or wrong."""
_CLOSED = 0.9


def run(job: JobContext) -> Outcome:
    """Answer the examples with every way that needs no tuning and write what came of it."""
    spec = build(MeasureSpec, job.spec, where=job.folder.record.name, error=JobError)
    job.phase("reading_data")
    chosen, names, documents = prepare(job.workspace, spec)
    job.phase("loading_model")
    source = locate_model(spec.base, spec.revision)
    make_model: Callable[..., Any] = import_module(_LOCAL).LocalModel
    model = make_model(source, device=job.record.device, max_new_tokens=spec.max_new_tokens)
    means = Means(
        base=model.contender("base", tuned=False),
        prompt=spec.prompt,
        shots=chosen.shots,
        documents=documents,
    )
    made = make_contenders(means, [name for name in KINDS if name != TUNED])
    answered = answer_all(job, made.contenders, chosen.items, names)
    if answered is None:
        return Stopped(reason="asked to stop; the answers so far are kept")
    job.phase("scoring")
    found = Measurement(
        job=job.folder.id,
        source=shown_source(spec.source),
        model=clip(visible(spec.base), 120),
        rows=chosen.usable,
        items=len(chosen.items),
        good=spec.good,
        threshold=spec.threshold,
        closed=spec.good != "exact" or _closed(chosen.items),
        contenders={name: _shares(texts, chosen.items) for name, texts in answered.texts.items()},
        left_out=made.left_out,
        asked=len(made.contenders) * len(names) - answered.known,
        cut=answered.cut,
    )
    replace_file(job.folder.path / NAME, measurement_bytes(found))
    job.phase("finishing")
    return Finished(reason=f"Measured on {found.items} examples.", best_path=NAME)


def _shares(texts: Sequence[str], items: Sequence[Example]) -> dict[Good, Share]:
    """Return how many answers pass each measure."""
    measured = [measure(text, item.reference) for text, item in zip(texts, items, strict=True)]
    shares: dict[Good, Share] = {}
    for name in get_args(Good):
        hits = sum(getattr(one, name) for one in measured)
        low, high = wilson(hits, len(measured))
        shares[name] = Share(hits=hits, n=len(measured), low=low, high=high)
    return shares


def _closed(items: Sequence[Example]) -> bool:
    """Whether answers of these rows have one form: labels, or JSON."""
    fixed = sum(_is_closed(item.reference) for item in items)
    return fixed >= _CLOSED * len(items)


def _is_closed(reference: str) -> bool:
    """Whether a reference is a label or JSON."""
    if len(reference.split()) <= _LABEL_WORDS:
        return True
    try:
        json.loads(reference)
    except (ValueError, RecursionError):
        return False
    return True
