"""Whether the app or plain lines serve this terminal, and how the app should look in it."""

import gc
import os
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from core.workspace import Workspace
from tui import plain

if TYPE_CHECKING:
    from core.jobs.watching import JobViewer
    from core.release.review.session import ReviewSession
    from core.scoring.study.session import RatingSession
    from tui.app import Settings

_LOOK_S = 0.5
_SLOW_LINE_LOOK_S = 1.0
_ESCAPE_DELAY_MS = "25"
"""How long a terminal at hand may take from an escape to the rest of a longer key."""


def wants_lines(arguments: Namespace) -> bool:
    """Return whether to print lines: asked for, or no terminal that could show a screen."""
    return arguments.plain or plain.wanted(sys.stdin, sys.__stderr__, os.environ)


def show(workspace: Workspace, arguments: Namespace) -> int:
    """Open the app and return its exit code."""
    from tui.first_frame import first_frame

    with first_frame(workspace.name):
        settings = _prepared(arguments)
        from tui.app import run_app

    return run_app(workspace, settings)


def show_path(path: Path, viewer: "JobViewer", arguments: Namespace) -> int:
    """Open the screen of one run outside a workspace and return the exit code."""
    settings = _prepared(arguments)
    from tui.foreign_app import run_foreign

    return run_foreign(path, viewer, settings)


def show_rating(session: "RatingSession", arguments: Namespace) -> int:
    """Open the rating screen and return its exit code."""
    settings = _prepared(arguments)
    from tui.rating_app import rate_on_screen

    return rate_on_screen(session, settings)


def show_review(session: "ReviewSession", arguments: Namespace) -> int:
    """Open the review screen and return its exit code."""
    settings = _prepared(arguments)
    from tui.review_app import review_on_screen

    return review_on_screen(session, settings)


def _prepared(arguments: Namespace) -> "Settings":
    """Load the app and return how it should look in this terminal."""
    # An empty value makes Rich fail before the first paint.
    if not os.environ.get("TEXTUAL_COLOR_SYSTEM", "auto"):
        del os.environ["TEXTUAL_COLOR_SYSTEM"]
    slow = "SSH_CONNECTION" in os.environ
    if not slow:  # where a line may cut what one key sends in two, Textual's own patience is kept
        os.environ.setdefault("ESCDELAY", _ESCAPE_DELAY_MS)
    # What an import allocates stays; looking through it meanwhile is a twentieth of the start.
    gc.disable()
    from tui.app import Settings
    from tui.glyphs import choose_level

    gc.freeze()
    gc.enable()

    encoding = getattr(sys.__stderr__, "encoding", None)
    return Settings(
        level=arguments.glyphs or choose_level(encoding, os.environ.get("TERM")),
        theme=arguments.theme or os.environ.get("TEXTUAL_THEME"),
        no_color=bool(os.environ.get("NO_COLOR")),
        slow_line=slow,
        look_every=_SLOW_LINE_LOOK_S if slow else _LOOK_S,
        environment=os.environ,
    )


def say_overview(workspace: Workspace) -> None:
    """Print how far the workspace is."""
    from core.stages import read_overview

    if workspace.studies.is_dir():
        from core.scoring.study.listing import keep_glances

        keep_glances(workspace)
    print(f"{workspace.name}, {workspace.root}")
    for line in plain.overview_lines(read_overview(workspace)):
        print(line)


def ask_yes(question: str) -> bool:
    """Ask at the terminal; anything but a yes is a no."""
    try:
        return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}
    except EOFError:
        return False


def folder_of(arguments: Namespace) -> Path:
    """Return the folder that was named, or the current one."""
    return arguments.directory if arguments.directory is not None else Path()
