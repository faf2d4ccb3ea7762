"""`tuningfork judge`: let a language model compare the answers of a study that people rated."""

import json
import os
import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from core.contenders.endpoint import EndpointSpec, choose_endpoints, make_endpoint
from core.errors import UsageError
from core.jobs.status import Viewer
from core.scoring.judge.start import leaving, start_judging
from core.scoring.study.folder import find_study
from tui import plain
from tui.commands.detached import say_detached
from tui.commands.leaving import ask_to_leave
from tui.commands.place import moment, token, workspace_of

if TYPE_CHECKING:
    from core.workspace import Workspace


def run(arguments: Namespace) -> int:
    """Say what leaves, launch the job, and follow it unless told not to."""
    workspace = workspace_of(arguments)
    folder = find_study(workspace, arguments.study)
    endpoint = _endpoint(arguments, workspace)
    ask_to_leave(leaving(folder, endpoint), yes=arguments.yes)
    job = start_judging(
        workspace, folder, endpoint, now=moment(), token=token(), environment=os.environ
    )
    if arguments.detach:
        return say_detached(job, as_json=arguments.json)
    ended = plain.watch(Viewer(job), sys.stderr if arguments.json else sys.stdout)
    if arguments.json:
        print(json.dumps({"run": job.id, "state": ended, "study": folder.id}))
    elif ended == "finished":
        print(f"`tuningfork verdict {folder.id} --details` shows it beside the people's verdict.")
    return 0 if ended == "finished" else 1


def _endpoint(arguments: Namespace, workspace: "Workspace") -> EndpointSpec:
    """Return who judges: a server of the workspace's file, or the one that was described."""
    described = arguments.base_url is not None or arguments.model is not None
    if arguments.endpoint is not None and not described:
        return choose_endpoints(workspace, [arguments.endpoint])[arguments.endpoint]
    if arguments.endpoint is not None or None in {arguments.base_url, arguments.model}:
        raise UsageError(
            what="Nobody said clearly who judges.",
            why="It is a server of endpoints.toml, or an address with the name of a model.",
            remedy="Give --endpoint NAME, or --base-url URL and --model NAME.",
        )
    table = {"base_url": arguments.base_url, "model": arguments.model}
    if arguments.key is not None:
        table["key"] = arguments.key
    return make_endpoint("the command line", "judge", table)
