"""The jobs of a release: one that tries its arms and makes it, one that answers for it."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from starlette.applications import Starlette

from core.errors import JobError
from core.events.schema import MessageLogged
from core.fault_report import write_report
from core.jobs.context import Finished, JobContext, Outcome, Stopped
from core.release.arms_proof import unproven_arms
from core.release.gateway.app import make_app
from core.release.gateway.arms import LiveArm
from core.release.gateway.doors import Doors
from core.release.gateway.guard import Guard
from core.release.gateway.log_writer import LogWriter
from core.release.gateway.making import make_arms, try_arm
from core.release.gateway.server import address_of, bind, run_loop, serve
from core.release.gateway.serving import Desk
from core.release.gateway.specs import Live, MakeSpec, ServeSpec
from core.release.release_plan import ReleasePlan
from core.release.releases import ReleaseFolder, open_release, write_release
from core.release.review.giving_out import GivingOut
from core.release.standing import StandingWatch
from core.spec_file import build
from core.storage import replace_file

_MOST_REPORTS = 5
_USAGE_SECONDS = 300.0
"""A gateway lives for months; what it uses is noted every five minutes, not every ten seconds."""


def make(job: JobContext) -> Outcome:
    """Ask every arm once, its rollback target first; only a release whose arms answer is made."""
    spec = build(MakeSpec, job.spec, where=job.record.name, error=JobError)
    plan = build(ReleasePlan, spec.plan, where=job.record.name, error=JobError)
    job.phase("loading_model")
    _warn_of_unproven(job, plan)
    arms = make_arms(job.workspace, plan, os.environ)
    if not run_loop(_try_all(job, plan, arms)):
        return Stopped(reason="asked to stop; no release was made")
    job.phase("finishing")
    folder = write_release(job.workspace, plan)
    return Finished(
        reason=f"Every arm answered, {plan.rollback} first, to which a rollback goes. "
        f"Made the release {folder.name}."
    )


def run(job: JobContext) -> Outcome:
    """Answer until somebody asks for an end."""
    spec = build(ServeSpec, job.spec, where=job.record.name, error=JobError)
    folder, plan = open_release(job.workspace, spec.release)
    token = os.environ.get(plan.listen.token, "") if plan.listen.token else None
    if token == "":
        raise JobError(
            what="The token of the gateway is not there.",
            why=f"The release names the environment variable {plan.listen.token}, which is unset.",
            remedy=f"Set it for this shell: read -rs {plan.listen.token} && export "
            f"{plan.listen.token}",
        )
    job.usage_seconds = _USAGE_SECONDS
    job.phase("loading_model")
    _warn_of_unproven(job, plan)
    arms = make_arms(job.workspace, plan, os.environ)
    guard = Guard(
        plan,
        folder.standing,
        clock=lambda: datetime.now(UTC),
        tell=lambda words: _warn(job, words),
    )
    log = LogWriter(folder.log, plan.log, harmed=guard.look)
    desk = Desk(plan, arms, look=StandingWatch(folder.standing).look, keeper=log)
    reports = _Reports(job.folder.path)
    answers = GivingOut(folder.log, plan.review.undo_seconds)
    app = make_app(desk, Doors(plan.listen, token), log, reports.write, answers=answers)
    try:
        run_loop(_serve(app, folder, job, desk, answers))
    finally:
        folder.live.unlink(missing_ok=True)
        log.close()
    lost = f" {log.lost:,} requests could not be logged: {log.trouble}" if log.lost else ""
    return Finished(reason=f"The gateway was closed.{lost}")


async def _try_all(job: JobContext, plan: ReleasePlan, arms: Mapping[str, LiveArm]) -> bool:
    """Return whether every arm was asked; False when somebody wanted an end before."""
    try:
        for number, name in enumerate(dict.fromkeys((plan.rollback, *plan.arm))):
            job.phase("answering", number, len(plan.arm), "arms")
            if job.stop_requested():
                return False
            await try_arm(arms[name], plan.listen.answer_seconds)
    finally:
        for arm in arms.values():
            await arm.backend.close()
    return True


async def _serve(
    app: Starlette, folder: ReleaseFolder, job: JobContext, desk: Desk, answers: GivingOut
) -> None:
    """Answer until somebody asks for an end, after the way back was seen to work."""
    plan = desk.plan
    try:
        await try_arm(desk.arms[plan.rollback], plan.listen.answer_seconds)
        opened = bind(plan.listen)
        _say_where(job, folder, plan, address_of(opened))
        job.phase("serving")
        await serve(app, opened, plan.listen, stop=job.stop_requested)
    finally:
        await desk.close()
        await answers.close()


class _Reports:
    """Writes a report of the first faults; more of the same would only fill the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._left = _MOST_REPORTS

    def write(self, fault: Exception) -> None:
        """Write one, as long as there are few."""
        if self._left:
            self._left -= 1
            write_report(fault, self._folder)


def _warn(job: JobContext, words: str) -> None:
    job.emit(MessageLogged(level="warning", text=words))


def _warn_of_unproven(job: JobContext, plan: ReleasePlan) -> None:
    """Say which arms answer with files that no proof is of; every byte of them is read."""
    for name, why in unproven_arms(plan, every_byte=True).items():
        _warn(job, f"The arm {name}: {why}")


def _say_where(job: JobContext, folder: ReleaseFolder, plan: ReleasePlan, address: str) -> None:
    """Write down where clients find it."""
    live = Live(
        job=job.folder.id,
        url=address,
        identity=plan.identity,
        since=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    replace_file(folder.live, msgspec.json.encode(live))
    job.emit(MessageLogged(level="info", text=f"{plan.name} answers at {address}"))
