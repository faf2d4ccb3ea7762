"""Writes an adapter or a merged model and proves it equal to the one that was trained."""

from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

from core.catalog.base_models import ModelSource, locate_model
from core.errors import JobError
from core.events.envelope import PhaseName
from core.events.reader import read_ends
from core.events.schema import MessageLogged, RunCreated
from core.jobs.context import Finished, JobContext, Outcome, Stopped
from core.release.equality import Equality, sentence
from core.release.package import MANIFEST, file_hashes, made_by, put_in_place, staged
from core.release.spec import ExportSpec, Trained, check_free, check_target, read_trained
from core.spec_file import build
from core.storage import replace_file
from core.training.rows import check_holdout, read_parts

_TORCH = "core.release.tuned_model"
"""Imports torch, so it is named here and resolved in the worker."""
_PACKAGES = ("tuningfork", "torch", "transformers", "peft", "safetensors", "tokenizers")


class _StopAskedError(Exception):
    """Somebody asked for an end."""


def run(job: JobContext) -> Outcome:
    """Export what the record asks for; the destination appears whole, or not at all."""
    spec = build(ExportSpec, job.spec, where=job.record.name, error=JobError)
    destination = Path(spec.destination)
    if made_by(destination) == job.folder.id:
        return Finished(reason=f"Was written before: {destination}")
    check_free(destination)
    trained = read_trained(job.workspace, spec.run)
    check_target(trained, spec.target)
    try:
        with staged(destination, job.folder.id) as folder:
            equality, source = _write(job, spec, trained, folder)
            job.phase("finishing")
            facts = _facts(job, spec, trained, source) | {"equality": equality.as_json()}
            _stop_if_asked(job)
            put_in_place(folder, destination, facts)
    except _StopAskedError:
        return Stopped(reason="asked to stop; nothing was written")
    replace_file(job.folder.path / MANIFEST, (destination / MANIFEST).read_bytes())
    if not equality.equal:
        job.emit(MessageLogged(level="warning", text=sentence(equality)))
    return Finished(reason=f"{sentence(equality)} Written to {destination}", best_path=MANIFEST)


def _write(
    job: JobContext, spec: ExportSpec, trained: Trained, folder: Path
) -> tuple[Equality, ModelSource]:
    """Fill the folder; return the proof and what the model was tuned from."""
    recipe = trained.recipe
    job.phase("reading_data")
    split = recipe.data.split if recipe.data else ""
    parts = read_parts(job.workspace, split)
    check_holdout(job.workspace, split, parts)
    _stop_if_asked(job)
    job.phase("loading_model")
    torch_side = import_module(_TORCH)
    source = locate_model(recipe.model.base, recipe.model.revision)
    model = torch_side.TunedModel(source, trained, device=job.record.device)
    rows = model.rows(parts.validation[: spec.prompts])
    _stop_if_asked(job)
    running = model.logits(rows, _counting(job, "comparing", len(rows)))
    merge, precision = None, "float32"
    if spec.target == "merged":
        precision = model.precision(spec.precision)
        if trained.is_adapter:
            job.phase("merging")
            model.merge()
            merged = model.logits(rows, _counting(job, "merging", len(rows)))
            merge = torch_side.difference(running, merged)
        _stop_if_asked(job)
        job.phase("saving")
        model.write_merged(folder, precision)
        read_back = model.written_merged
    else:
        job.phase("saving")
        model.write_adapter(folder)
        read_back = model.written_adapter
    _stop_if_asked(job)
    written = read_back(folder, rows, _counting(job, "comparing", len(rows)))
    equality = Equality(
        rows=len(rows),
        positions=sum(map(len, running)),
        precision=precision,
        merge=merge,
        written=torch_side.difference(running, written),
    )
    return equality, source


def _facts(
    job: JobContext, spec: ExportSpec, trained: Trained, source: ModelSource
) -> dict[str, Any]:
    """Return where the export comes from, for its manifest."""
    created = [
        e for e in read_ends(job.workspace.run(spec.run).events) if isinstance(e, RunCreated)
    ]
    local = Path(source.location).is_absolute()
    return {
        "format": 1,
        "target": spec.target,
        "run": spec.run,
        "export_job": job.folder.id,
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "base": {
            "name": trained.recipe.model.base,
            "revision": source.revision,
            "files": file_hashes(Path(source.location)) if local else {},
        },
        "recipe_hash": next((event.recipe_hash for event in created), ""),
        "holdout_root": next((event.split_hash for event in created), ""),
        "versions": {name: metadata.version(name) for name in _PACKAGES},
    }


def _counting(job: JobContext, phase: PhaseName, total: int) -> Callable[[int], None]:
    """Return what reports each row and ends the work when somebody asked for that."""
    job.phase(phase, 0, total, "rows")

    def seen(done: int) -> None:
        job.phase(phase, done, total, "rows")
        _stop_if_asked(job)

    return seen


def _stop_if_asked(job: JobContext) -> None:
    if job.stop_requested():
        raise _StopAskedError
