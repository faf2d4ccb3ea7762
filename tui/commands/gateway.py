"""`tuningfork gateway`: one address in front of the arms of a release."""

import json
import os
import sys
import time
from argparse import Namespace

from core.errors import UsageError
from core.jobs.control import request
from core.jobs.status import Viewer
from core.release.gateway.specs import Live
from core.release.releases import open_release
from core.release.start_release import serving, start_gateway
from core.workspace import RunFolder, Workspace
from tui import plain
from tui.commands.place import moment, token, who, workspace_of


def run(arguments: Namespace) -> int:
    """Serve until interrupted, or launch and leave when it answers."""
    if arguments.openapi:
        from core.release.gateway.openapi import openapi

        needs_token = False
        if arguments.name is not None:
            _, plan = open_release(workspace_of(arguments), arguments.name)
            needs_token = bool(plan.listen.token)
        print(json.dumps(openapi(needs_token=needs_token), indent=2))
        return 0
    if arguments.name is None:
        raise UsageError(
            what="`tuningfork gateway` needs the name of a release.",
            why="A workspace may have several.",
            remedy="`tuningfork release list` names them.",
        )
    workspace = workspace_of(arguments)
    job = start_gateway(
        workspace, arguments.name, now=moment(), token=token(), environment=os.environ
    )
    out = sys.stderr if arguments.json else sys.stdout
    if arguments.detach:
        live = _until_it_answers(workspace, arguments.name, job)
        if live is None:
            plain.watch(Viewer(job), out)
            return 1
        if arguments.json:
            print(json.dumps({"run": job.id, "directory": str(job.path), "url": live.url}))
        else:
            print(f"{arguments.name} answers at {live.url}")
            print(f"`tuningfork stop {job.id}` closes it; `tuningfork watch {job.id}` follows it.")
        return 0
    try:
        return 0 if plain.watch(Viewer(job), out) == "finished" else 1
    except KeyboardInterrupt:
        user, host = who()
        request(job, "stop", by=user, host=host, now=moment(), token=token())
        plain.watch(Viewer(job), out)
        raise


def _until_it_answers(workspace: Workspace, name: str, job: RunFolder) -> Live | None:
    """Return where the gateway listens, None when it ended before that."""
    folder, _ = open_release(workspace, name)
    viewer = Viewer(job)
    while True:
        live = serving(workspace, folder)
        if live is not None and live.job == job.id:
            return live
        if viewer.look_until_caught_up().state in {"finished", "stopped", "failed", "lost"}:
            return None
        time.sleep(0.1)
