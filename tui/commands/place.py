"""Which workspace and which job a command means."""

import os
import sys
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from core.errors import JobError, WorkspaceError
from core.jobs.store import list_jobs
from core.workspace import RunFolder, Workspace, find_workspace, open_workspace

_NAMED = 5
"""Ids that an error lists."""


def workspace_of(arguments: Namespace) -> Workspace:
    """Return the workspace that was named, or the one that holds the current folder."""
    if arguments.workspace is not None:
        return _swept(open_workspace(arguments.workspace))
    found = find_workspace(Path())
    if found is None:
        raise WorkspaceError(
            what="There is no workspace here.",
            why="Neither this folder nor one above it has a tuningfork.toml.",
            remedy="`tuningfork init` makes one here; `-w DIR` names another.",
        )
    return _swept(found)


def _swept(workspace: Workspace) -> Workspace:
    """Return the workspace after its releases forgot what is due; most have none that kept any."""
    if any(workspace.releases.glob("*/log.db")):
        from core.release.retention import sweep_overdue

        for words in sweep_overdue(workspace, moment().timestamp()):
            print(words, file=sys.stderr)
    return workspace


def run_of(arguments: Namespace, workspace: Workspace) -> RunFolder:
    """Return the folder of the job with this id, or this name where one has it, or the newest."""
    if arguments.run is None:
        newest = next(iter(list_jobs(workspace)), None)
        if newest is None:
            raise JobError(
                what="This workspace has no job yet.",
                why="Nothing was launched here.",
                remedy="`tuningfork train RECIPE` launches one; `tuningfork demo` shows how.",
            )
        return workspace.run(newest.id)
    called = [job.id for job in list_jobs(workspace) if job.name == arguments.run]
    folder = workspace.run(called[0] if len(called) == 1 else arguments.run)
    if folder.record.exists():
        return folder
    if called:
        raise JobError(
            what=f"{len(called)} jobs are called {folder.id}.",
            why="A name may be used again; an id is not.",
            remedy=f"Name one by its id: {', '.join(called[:_NAMED])}.",
        )
    raise JobError(
        what=f"There is no job {folder.id}.",
        why=f"{workspace.runs} has no such folder, and no job is called so.",
        remedy="`tuningfork runs` lists the ids of this workspace.",
    )


def who() -> tuple[str, str]:
    """Return the user and the host that a request comes from."""
    import getpass
    import platform

    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return user, platform.node()


def moment() -> datetime:
    """Return now, in UTC."""
    return datetime.now(UTC)


def token() -> str:
    """Return four random characters that keep ids apart."""
    return os.urandom(2).hex()
