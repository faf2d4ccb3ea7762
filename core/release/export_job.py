"""Writes an adapter or a merged model and proves it equal to the one that was trained."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module, metadata
from pathlib import Path
from typing import Any, NamedTuple

from core.catalog.base_models import ModelSource, locate_model
from core.errors import JobError
from core.events.envelope import PhaseName
from core.events.reader import read_ends
from core.events.schema import MessageLogged, RunCreated
from core.jobs.context import Finished, JobContext, Outcome, Stopped
from core.release.dress import dress, served_name
from core.release.dressing.artefact import Artefact, Dressing
from core.release.equality import Equality, sentence
from core.release.hub_upload import upload
from core.release.package import MANIFEST, file_hashes, made_by, put_in_place, staged
from core.release.spec import (
    ExportSpec,
    Trained,
    check_free,
    check_target,
    read_trained,
    wants_adapter,
)
from core.spec_file import build
from core.storage import replace_file
from core.training.rows import check_holdout, read_parts

_TORCH = "core.release.tuned_model"
"""Imports torch, so it is named here and resolved in the worker."""
_TRIED = 200
"""Validation prompts on which a translated template is tried."""
_PACKAGES = ("tuningfork", "torch", "transformers", "peft", "safetensors", "tokenizers")


class _StopAskedError(Exception):
    """Somebody asked for an end."""


def run(job: JobContext) -> Outcome:
    """Export what the record asks for; the destination appears whole, or not at all."""
    spec = build(ExportSpec, job.spec, where=job.record.name, error=JobError)
    destination = Path(spec.destination)
    if made_by(destination) == job.folder.id:
        return Finished(reason=f"Was written before: {destination}{_sent(job, spec)}")
    check_free(destination)
    trained = read_trained(job.workspace, spec.run)
    check_target(trained, spec.target)
    try:
        with staged(destination, job.folder.id) as folder:
            written = _write(job, spec, trained, folder)
            job.phase("finishing")
            added = dress(job.workspace, spec, trained, written.artefact, folder, written.equality)
            _stop_if_asked(job)
            facts = _facts(job, spec, trained, written.source) | _told(written, added)
            put_in_place(folder, destination, facts)
    except _StopAskedError:
        return Stopped(reason="asked to stop; nothing was written")
    replace_file(job.folder.path / MANIFEST, (destination / MANIFEST).read_bytes())
    equality = written.equality
    if not equality.equal:
        job.emit(MessageLogged(level="warning", text=sentence(equality)))
    for note in added.notes:
        job.emit(MessageLogged(level="info", text=note))
    told = f"{sentence(equality)} Written to {destination}{_sent(job, spec)}"
    return Finished(reason=told, best_path=MANIFEST)


def _sent(job: JobContext, spec: ExportSpec) -> str:
    """Send the folder to the Hub where that was asked; return where it is."""
    if not spec.upload:
        return ""
    job.phase("finishing")
    return f" and sent to {upload(Path(spec.destination), spec, os.environ)}"


class _Written(NamedTuple):
    """What was put into the folder."""

    equality: Equality
    source: ModelSource
    artefact: Artefact


def _write(job: JobContext, spec: ExportSpec, trained: Trained, folder: Path) -> _Written:
    """Fill the folder with weights and compare them with those in memory."""
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
    as_adapter = wants_adapter(trained, spec.target)
    artefact = model.artefact(
        served_name(trained.recipe.name), parts.validation[:_TRIED], adapter=as_adapter
    )
    if not as_adapter:
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
    return _Written(equality, source, artefact)


def _told(written: _Written, added: Dressing) -> dict[str, Any]:
    """Return what the manifest says of use and equality."""
    return {
        "equality": written.equality.as_json(),
        "serve": added.serve,
        "served_name": written.artefact.name,
        "stop": list(written.artefact.stop),
        "notes": list(added.notes),
        "checked": dict(added.facts),
    }


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
