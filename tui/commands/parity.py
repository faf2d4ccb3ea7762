"""`tuningfork parity`: does an export answer as the model that was scored?"""

import json
import os
import sys
from argparse import Namespace

from core.contenders.endpoint import EndpointSpec
from core.errors import UsageError
from core.jobs.status import Viewer
from core.release.proof_file import PROOF
from core.release.start_parity import start_parity
from core.release.verify import read_manifest
from core.spec_file import build
from tui import plain
from tui.commands.place import moment, token, workspace_of


def run(arguments: Namespace) -> int:
    """Launch the proof and follow it to its sentence; 1 where it is not the scored model."""
    workspace = workspace_of(arguments)
    folder = start_parity(
        workspace,
        arguments.export,
        server=_server(arguments),
        items=arguments.items,
        now=moment(),
        token=token(),
        environment=os.environ,
    )
    out = sys.stderr if arguments.json else sys.stdout
    if plain.watch(Viewer(folder), out) != "finished":
        return 1
    proof = json.loads((folder.path / PROOF).read_bytes())
    if arguments.json:
        print(json.dumps(proof, ensure_ascii=False))
    return 0 if proof["passed"] else 1


def _server(arguments: Namespace) -> EndpointSpec | None:
    """Return where the export is served; None where it is loaded by us."""
    if not arguments.base_url:
        return None
    model = arguments.model or str(read_manifest(arguments.export).get("served_name", ""))
    values = {"base_url": arguments.base_url, "model": model, "key": arguments.key}
    return build(EndpointSpec, values, where="--base-url", error=UsageError)
