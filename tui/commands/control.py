"""`tuningfork stop`, `pause` and `checkpoint`: ask a worker, and wait for its answer."""

import json
import time
from argparse import Namespace

from core.events.run_state import RunState
from core.events.schema import ControlAnswered
from core.jobs.control import request
from core.jobs.status import LIVE, Viewer
from core.text_safety import visible
from tui.commands.place import moment, run_of, token, who, workspace_of

_PATIENCE_S = 30.0
_LOOK_EVERY_S = 0.1


def run(arguments: Namespace) -> int:
    """Leave the request, then say what the worker answered."""
    folder = run_of(arguments, workspace_of(arguments))
    user, host = who()
    verb = arguments.command
    asked = request(folder, verb, by=user, host=host, now=moment(), token=token())
    answer = _answer(Viewer(folder), asked)
    if arguments.json:
        said = {"run": folder.id, "verb": verb, "id": asked, "answered": answer is not None}
        if answer is not None:
            said |= {"accepted": answer.accepted, "effect": answer.effect}
        print(json.dumps(said, ensure_ascii=False))
    elif answer is None:
        print(f"Asked {folder.id} to {verb}; it has not answered yet and will when it can.")
    else:
        print(f"{folder.id}: {visible(answer.effect)}")
    return 0 if answer is None or answer.accepted else 1


def _answer(viewer: Viewer, asked: str) -> ControlAnswered | None:
    """Return the worker's answer, or None when it takes too long to wait for."""
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        status = viewer.look_until_caught_up()
        found = _find(status.run_state, asked)
        if found is not None or status.state not in LIVE:
            return found
        time.sleep(_LOOK_EVERY_S)
    return None


def _find(state: RunState, asked: str) -> ControlAnswered | None:
    return next((answer for answer in state.requests if answer.id == asked), None)
