"""The kinds of job, and the function that does each; resolved inside the worker only."""

from core.errors import JobError
from core.text_safety import clip, visible

ENTRIES = {
    "rehearsal": "core.training.rehearsal:run",
    "train": "core.training.trainer:run",
    "measure": "core.scoring.measure_job:run",
    "score": "core.scoring.score_job:run",
    "simulated_rating": "core.scoring.simulation.rating_job:run",
    "answer": "core.scoring.answer_job:run",
    "judge": "core.scoring.judge.job:run",
    "hosted": "core.hosted.job:run",
    "export": "core.release.export_job:run",
    "release": "core.release.gateway.job:make",
    "gateway": "core.release.gateway.job:run",
    "recheck": "core.scoring.recheck_job:run",
    "parity": "core.release.parity_job:run",
}
"""Dotted names, because what they import is too heavy for a terminal to load."""


def entry_of(kind: str) -> str:
    """Return the dotted name of the function that does this kind of job."""
    try:
        return ENTRIES[kind]
    except KeyError:
        raise JobError(
            what=f"There is no kind of job called {clip(visible(kind), 40)!r}.",
            why=f"The kinds are: {', '.join(sorted(ENTRIES))}.",
            remedy="Use one of these.",
        ) from None
