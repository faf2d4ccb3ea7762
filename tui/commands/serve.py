"""`tuningfork serve`: the app in a browser on this machine, behind a link that works once."""

import asyncio
import importlib.util
import json
import os
import sys
from argparse import Namespace
from collections.abc import Mapping

from core.contenders.endpoint import is_loopback
from core.errors import MachineError, UsageError
from core.text_safety import clip, visible
from tui.browser.gate import FEWEST_CHARACTERS, Gate
from tui.commands.place import workspace_of

_NEEDED = ("aiohttp", "textual_serve")


def run(arguments: Namespace) -> int:
    """Serve until interrupted."""
    _require_browser_extra()
    command = _command(arguments)
    gate = make_gate(arguments.host, arguments.token, os.environ)
    # The child draws for the browser, whatever this terminal can show.
    os.environ["TERM"] = "xterm-256color"
    os.environ["COLORTERM"] = "truecolor"
    from tui.browser.server import serve

    def ready(port: int) -> None:
        gate.listen_at(arguments.host, port)
        _say(arguments, gate, port)

    asyncio.run(
        serve(
            command,
            gate,
            title="tuningfork",
            host=arguments.host,
            port=arguments.port,
            ready=ready,
        )
    )
    return 0


def make_gate(host: str, variable: str | None, environment: Mapping[str, str]) -> Gate:
    """Return the gate; an address that others can reach needs a token of the person's own."""
    token = environment.get(variable, "") if variable else ""
    if variable and len(token) < FEWEST_CHARACTERS:
        raise UsageError(
            what=f"{clip(visible(variable), 80)} holds no token of {FEWEST_CHARACTERS} characters.",
            why="Whoever guesses the token rates, trains and reads as you.",
            remedy=f"export {clip(visible(variable), 80)}=$(openssl rand -hex 16)",
        )
    if not is_loopback(host) and not token:
        raise UsageError(
            what=f"{clip(visible(host), 80)} can be reached by others, and no token is set.",
            why="Everybody on that network could read the workspace and start jobs in it.",
            remedy="Put a token into an environment variable and name it: --token NAME; or leave "
            "--host out and reach this machine by ssh -L.",
        )
    return Gate(token)


def _command(arguments: Namespace) -> list[str]:
    """Return what each browser gets: the app, or nothing but the rating screen."""
    workspace = workspace_of(arguments)
    own = [sys.executable, "-P", "-m", "tui"]
    if arguments.rater is None:
        if arguments.study is not None:
            raise UsageError(
                what="A study alone cannot be served.",
                why="A rater's name stands in every rating.",
                remedy="Add --rater NAME.",
            )
        return [*own, "open", str(workspace.root)]
    from core.scoring.study.folder import check_rater, find_study, newest_study

    found = find_study(workspace, arguments.study) if arguments.study else newest_study(workspace)
    rater = check_rater(arguments.rater)
    return [*own, "rate", found.id, "--rater", rater, "-w", str(workspace.root)]


def _say(arguments: Namespace, gate: Gate, port: int) -> None:
    """Print the link."""
    shown = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
    link = f"http://{shown}:{port}/?token={gate.token}"
    if arguments.json:
        print(json.dumps({"url": link, "port": port}), flush=True)
        return
    print(f"open: {link}")
    once = "The link works once; a second browser needs a second `tuningfork serve`."
    print("Everybody with the token gets in." if arguments.token else once)
    if not is_loopback(arguments.host):
        print("Nothing is encrypted: put it behind a server that speaks https, or use ssh -L.")
    print("ctrl+c ends it.", flush=True)


def _require_browser_extra() -> None:
    """Raise unless this installation can serve browsers."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise MachineError(
            what=f"This installation cannot serve browsers: {', '.join(missing)} missing.",
            why="Most people use a terminal, so that the extra is not installed by default.",
            remedy=f"{sys.executable} -m pip install 'tuningfork[browser]'",
        )
