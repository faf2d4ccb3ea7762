"""A release with a day of traffic, as a gateway would have left it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from core.release.gateway.log_store import LogStore
from core.release.gateway.specs import Live
from core.release.package import MANIFEST, put_in_place, staged
from core.release.releases import ReleaseFolder, write_release
from core.release.standing import Standing, write_standing
from core.workspace import Workspace
from tests.support.filled_workspace import NOW, add_run, held
from tests.support.release_log import entry, said
from tests.support.release_plans import plan_of

URL = "http://127.0.0.1:8642/v1"


def add_release(
    workspace: Workspace, *, name: str = "answers", requests: int = 60, by: str = "", why: str = ""
) -> ReleaseFolder:
    """Leave a release: every sixth request went to the new arm, the newest of them failed."""
    plan = plan_of(
        name=name,
        arm={"tuned": {"model": "m", "share": 10}, "base": {"model": "m", "share": 90}},
        rollback="base",
        log={"keep": "hashes"},
    )
    folder = write_release(workspace, plan)
    store = LogStore(folder.log, plan.log)
    entries, thumbs = [], []
    for number in range(requests):
        new = number % 6 == 0
        entries.append(
            entry(
                number,
                at=NOW.timestamp() - number,
                user=f"user {number % 24}",
                dealt="tuned" if new else "base",
                arm="tuned" if new and number else "base",
                errors="" if number else "told to",
                total_ms=100.0 + 10 * number,
            )
        )
        if number % 10 == 6:
            thumbs.append((said(number)[0], NOW.timestamp() - number))
    store.write(entries, thumbs)
    store.close()
    if by:
        write_standing(
            folder.standing, Standing(rolled_back=True, by=by, at=NOW.isoformat(), why=why)
        )
    return folder


@contextmanager
def served(workspace: Workspace, folder: ReleaseFolder) -> Iterator[None]:
    """Let a release look as if its gateway were running."""
    job = add_run(workspace, "gateway", number=7, steps=0, kind="gateway")
    live = Live(job=job.id, url=URL, identity="i", since=NOW.isoformat())
    folder.live.write_bytes(msgspec.json.encode(live))
    with held(job):
        yield


def add_export(
    workspace: Workspace, destination: Path, *, number: int = 8, target: str = "merged"
) -> Path:
    """Leave an export, as its job does, and return its folder."""
    spec = {"run": "20260302-140001-run-0001", "destination": str(destination), "target": target}
    job = add_run(workspace, "export", number=number, steps=0, kind="export", spec=spec)
    with staged(destination, job.id) as folder:
        (folder / "model.safetensors").write_bytes(b"weights")
        put_in_place(folder, destination, {"export_job": job.id, "run": spec["run"]})
    (job.path / MANIFEST).write_bytes((destination / MANIFEST).read_bytes())
    return destination
