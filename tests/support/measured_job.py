"""A finished measuring job without a model."""

import msgspec

from core.events.schema import RunCreated, RunFinished
from core.scoring.measurement import NAME, Measurement, Share, measurement_bytes
from core.scoring.statistics.shares import wilson
from core.workspace import Workspace
from tests.support.path_job import open_job


def share(hits: int, n: int) -> Share:
    """Return a share with its interval."""
    low, high = wilson(hits, n)
    return Share(hits=hits, n=n, low=low, high=high)


def measurement(n: int = 20, *, model: str = "/models/a", **hits: int) -> Measurement:
    """Return figures in which so many answers of each contender are exact."""
    return Measurement(
        job="measured",
        source="rows.jsonl",
        model=model,
        rows=100,
        items=n,
        good="exact",
        threshold=0.8,
        closed=True,
        contenders={
            name: {"exact": share(one, n), "same_format": share(n, n), "valid_json": share(n, n)}
            for name, one in hits.items()
        },
        left_out={},
        asked=n,
        cut={},
    )


def add_measured_job(workspace: Workspace, found: Measurement, *, id: str = "measured") -> None:
    """Leave the job that found this."""
    job = open_job(workspace, "measure", {"source": "/rows.jsonl"}, id=id)
    job.emit(RunCreated(kind="measure", name="measure rows.jsonl"))
    job.emit(RunFinished(reason="Measured.", seconds=1.0, best_path=NAME))
    named = msgspec.structs.replace(found, job=id)
    (job.folder.path / NAME).write_bytes(measurement_bytes(named))
