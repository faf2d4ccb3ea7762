"""The invited contenders at work: asked beside a job's own, with costs and reasons written down."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from core.catalog.base_models import locate_model
from core.catalog.price_list import price_list
from core.contenders.answering import Answered, Unfinished, answer_all
from core.contenders.answers_file import AnswersFile
from core.contenders.asked_for import Asked
from core.contenders.contender import Contender
from core.contenders.cost import cost_words
from core.contenders.desk import Surroundings
from core.contenders.endpoint import key_of
from core.contenders.kinds import KINDS
from core.contenders.means import NOTHING, Further, Missing, over
from core.contenders.openai_compatible import OpenAICompatible
from core.data.rows import Example
from core.errors import JobError
from core.events.schema import MessageLogged
from core.jobs.context import JobContext
from core.scoring.invited import Invited, answers_of
from core.scoring.local_models import LocalSpec
from core.storage import replace_file

_LOCAL = "core.contenders.local"
"""Imports torch, so it is named here and resolved in the worker."""


def ask_all(
    job: JobContext,
    own: Sequence[Contender],
    invited: Invited,
    items: Sequence[Example],
    names: Sequence[str],
    environment: Mapping[str, str],
    further: Further = NOTHING,
) -> Answered | None:
    """Return all answers, those of the invited last; None when somebody asked to stop.

    `further` may be put before questions, for a guest as for a job's own. What it cost is said and
    what has no answer is written down, however it ends.
    """
    guests = _guests(job, invited, items, names, environment, further)
    job.folder.unanswered.unlink(missing_ok=True)
    try:
        return answer_all(job, (*own, *guests.asked, *guests.files), items, names)
    except Unfinished as failed:
        _write_unanswered(job, failed)
        raise
    finally:
        _say_costs(job, guests.servers, invited)


@dataclass(frozen=True, slots=True)
class _Guests:
    """The invited, ready to answer."""

    servers: Mapping[str, OpenAICompatible]
    """Those that are asked over a line, by name."""
    asked: Sequence[Contender]
    """The contenders over servers and models."""
    files: Sequence[AnswersFile]
    """Those that were asked elsewhere."""


def _guests(
    job: JobContext,
    invited: Invited,
    items: Sequence[Example],
    names: Sequence[str],
    environment: Mapping[str, str],
    further: Further,
) -> _Guests:
    around = Surroundings(stop=job.stop_requested)
    servers = {
        name: OpenAICompatible(name, spec, key_of(name, spec, environment), around)
        for name, spec in invited.endpoints.items()
    }
    models: dict[str, Contender] = {**servers, **_loaded(job, invited.models)}
    return _Guests(
        servers,
        [_over(models[one.model], one, further) for one in invited.asked],
        [
            AnswersFile(name, *answers_of(Path(path), name), items, names)
            for name, path in invited.files.items()
        ],
    )


def _loaded(job: JobContext, specs: Mapping[str, LocalSpec]) -> dict[str, Contender]:
    """Return the models of this machine; a base is not loaded again beside what was tuned on it."""
    if not specs:
        return {}
    job.phase("loading_model")
    make_model: Callable[..., Any] = import_module(_LOCAL).LocalModel
    loaded: dict[LocalSpec, Any] = {}
    found: dict[str, Contender] = {}
    for name, spec in sorted(specs.items(), key=lambda one: one[1].tuned is None):
        same = (one for one in loaded if spec in {one, one.model_copy(update={"tuned": None})})
        model = loaded.get(next(same, spec))
        if model is None:
            model = loaded[spec] = make_model(
                locate_model(spec.base, spec.revision),
                Path(spec.tuned) if spec.tuned else None,
                device=job.record.device,
                max_new_tokens=spec.max_new_tokens,
                template=spec.template,
                stop=spec.stop,
            )
        found[name] = model.contender(name, tuned=spec.tuned is not None)
    return found


def _over(model: Contender, asked: Asked, further: Further) -> Contender:
    """Return a contender over a model, or say what it lacks."""
    made = KINDS[asked.kind](over(model, further))
    if isinstance(made, Missing):
        raise JobError(
            what=f"{asked.name} cannot answer.",
            why=made.why,
            remedy="Add that, or leave this contender out.",
        )
    return made


def _say_costs(job: JobContext, servers: Mapping[str, OpenAICompatible], invited: Invited) -> None:
    """Write what each server was asked, and what it costs where a price is known."""
    today = datetime.now(UTC).date()
    for name, server in servers.items():
        if server.spent.requests:
            item, prices = invited.endpoints[name].price, price_list(job.workspace.prices)
            text = cost_words(name, server.spent, item, prices, today)
            job.emit(MessageLogged(level="info", text=text))


def _write_unanswered(job: JobContext, failed: Unfinished) -> None:
    """Put down every item without an answer and why, and say where."""
    lines = [
        {"item": item, "contender": contender, "why": why}
        for contender, reasons in failed.reasons.items()
        for item, why in reasons.items()
    ]
    content = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    replace_file(job.folder.unanswered, content.encode())
    text = f"Items without an answer, each with its reason: {job.folder.unanswered.name}."
    job.emit(MessageLogged(level="warning", text=text))
