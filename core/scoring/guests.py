"""The invited contenders at work: asked beside a job's own, with costs and reasons written down."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.catalog.price_list import price_list
from core.contenders.answering import Answered, Unfinished, answer_all
from core.contenders.answers_file import AnswersFile
from core.contenders.contender import Contender
from core.contenders.cost import cost_words
from core.contenders.endpoint import key_of
from core.contenders.openai_compatible import OpenAICompatible, Surroundings
from core.data.rows import Example
from core.events.schema import MessageLogged
from core.jobs.context import JobContext
from core.scoring.invited import Invited, answers_of
from core.storage import replace_file


def ask_all(
    job: JobContext,
    own: Sequence[Contender],
    invited: Invited,
    items: Sequence[Example],
    names: Sequence[str],
    environment: Mapping[str, str],
) -> Answered | None:
    """Return all answers, those of the invited last; None when somebody asked to stop.

    What it cost is said and what has no answer is written down, however it ends.
    """
    guests = _guests(job, invited, items, names, environment)
    job.folder.unanswered.unlink(missing_ok=True)
    try:
        return answer_all(job, (*own, *guests.servers.values(), *guests.files), items, names)
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
    files: Sequence[AnswersFile]
    """Those that were asked elsewhere."""


def _guests(
    job: JobContext,
    invited: Invited,
    items: Sequence[Example],
    names: Sequence[str],
    environment: Mapping[str, str],
) -> _Guests:
    around = Surroundings(stop=job.stop_requested)
    return _Guests(
        {
            name: OpenAICompatible(name, spec, key_of(name, spec, environment), around)
            for name, spec in invited.endpoints.items()
        },
        [
            AnswersFile(name, *answers_of(Path(path), name), items, names)
            for name, path in invited.files.items()
        ],
    )


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
