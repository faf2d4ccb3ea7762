"""What becomes of a run when its job at the service has ended."""

import re

from core.events.schema import MessageLogged
from core.hosted.failures import HostedError, Rejected
from core.hosted.job_values import JobFault, JobView, Outcome
from core.hosted.kinds import kind_of
from core.hosted.named_rows import rows_of_lines
from core.hosted.provider import Provider
from core.hosted.spec import HostedSpec
from core.hosted.submission import Ledger
from core.hosted.told import Told
from core.hosted.tuned import offer_contender
from core.hosted.watch import Watch
from core.jobs import context
from core.jobs.context import JobContext
from core.storage import replace_file
from core.text_safety import clip, visible

RESULTS = "result_files"
_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_TRIES = 5
_ROWS = 5


def end_of(
    job: JobContext,
    provider: Provider,
    spec: HostedSpec,
    view: JobView,
    watch: Watch,
    told: Told,
    ledger: Ledger,
) -> context.Outcome:
    """Return how the run ended, with all that the job left fetched; raise for one that failed."""
    label = kind_of(spec.provider).label
    job.phase("finishing", hosted=watch.place(view))
    if view.stage == "failed":
        raise _given_up(job, spec, view.fault, label)
    left = _outcome(job, provider, view)
    _keep(job, left)
    _fill(job, left, told)
    for part, line, why in left.dropped:
        watch.alert(
            "data_dropped",
            "warning",
            f"{label} left out rows, the first is line {line} of {part}: {visible(why)}.",
            "See the log for the others.",
        )
    model = left.model or view.model or _last_checkpoint(provider, view)
    offered = ""
    if model and kind_of(spec.provider).answers:
        name = offer_contender(job.folder, spec, model)
        offered = job.folder.endpoint.name
        said = f"{visible(model)} answers as the contender {name}."
        job.emit(MessageLogged(level="info", text=said))
    _forget(job, provider, spec, ledger)
    best = told.before.best
    best_step = None if best is None else best.step
    if view.stage == "stopped":
        return context.Stopped(
            reason=f"{label} cancelled the job on request.", best_step=best_step, best_path=offered
        )
    if view.partly:
        watch.alert(
            "partly_done",
            "warning",
            f"{label} finished the job only in part.",
            "Look on the service's page for what is missing.",
        )
    made = f" made {visible(model)}." if model else " finished the job and names no model."
    return context.Finished(reason=f"{label}{made}", best_step=best_step, best_path=offered)


def _outcome(job: JobContext, provider: Provider, view: JobView) -> Outcome:
    """Return what the job left, asked for more than once; less where it cannot be had."""
    why = ""
    for _ in range(_TRIES):
        try:
            return provider.outcome(view.ref)
        except HostedError as failure:
            why = failure.why
    text = f"What else the job left could not be fetched: {why} Resume tries it again."
    job.emit(MessageLogged(level="warning", text=text))
    return Outcome(model=view.model)


def _keep(job: JobContext, left: Outcome) -> None:
    """Put the result files beside the log."""
    if not left.files:
        return
    folder = job.folder.path / RESULTS
    folder.mkdir(mode=0o700, exist_ok=True)
    for file in left.files:
        replace_file(folder / (_NAME.sub("_", file.name)[:80] or "file"), file.content)
    for name in left.unreadable:
        text = f"The result file {clip(visible(name), 80)} cannot be read as a table of steps."
        job.emit(MessageLogged(level="warning", text=text))


def _fill(job: JobContext, left: Outcome, told: Told) -> None:
    """Add the steps that no event told: newer ones to the curve, the others in words."""
    missing = [
        one
        for one in left.items
        if one.step is not None and "loss" in one.figures and one.step not in told.steps
    ]
    late = [one for one in missing if one.step is not None and one.step <= told.before.step]
    for one in missing:
        if one in late:
            continue
        for event in told.untold(one):
            told.note(job.emit(event))
    if late:
        steps = ", ".join(str(one.step) for one in late[:_ROWS])
        text = f"{len(late):,} steps stand in {RESULTS} only, as {steps}: no event told them."
        job.emit(MessageLogged(level="info", text=text))


def _last_checkpoint(provider: Provider, view: JobView) -> str | None:
    """Return the newest model from before the end, of a job that was ended early."""
    try:
        found = provider.checkpoints(view.ref)
    except HostedError:
        return None
    return found[-1].model if found else None


def _forget(job: JobContext, provider: Provider, spec: HostedSpec, ledger: Ledger) -> None:
    """Delete the uploaded files where that was asked for."""
    if spec.keep_files:
        return
    files = list(ledger.files.values())
    try:
        gone = provider.forget(files)
    except HostedError as failure:
        gone, why = [], failure.what
    else:
        why = ""
    left = [one for one in files if one not in gone]
    text = f"{len(gone)} uploaded files were deleted at the service."
    if left:
        text += f" Not deleted: {', '.join(map(visible, left))}. {why}".rstrip()
    job.emit(MessageLogged(level="warning" if left else "info", text=text))


def _given_up(job: JobContext, spec: HostedSpec, fault: JobFault | None, label: str) -> HostedError:
    """Return why the service gave the job up, with our rows for its lines."""
    if fault is None:
        return Rejected(
            what=f"{label} gave the job up.",
            why="It names no reason.",
            remedy="Look on the service's page.",
        )
    folder = job.folder.path / "upload"
    rows = rows_of_lines(job.workspace, spec, folder, fault.part or "", fault.lines)
    code = f" ({visible(fault.code)})" if fault.code else ""
    named = f"{fault.part} row{'s' if len(rows) > 1 else ''} {', '.join(map(str, rows))}"
    where = f" It means {named}." if rows else ""
    remedy = "Mend the rows it means, split again, then start a new run."
    return Rejected(
        what=f"{label} gave the job up{code}.",
        why=f"It says: {visible(fault.message).rstrip('.')}.{where}",
        remedy=remedy if fault.part else "Look on the service's page, then start a new run.",
        part=fault.part or "",
        rows=rows,
    )
