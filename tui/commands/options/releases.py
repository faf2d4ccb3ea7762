"""Options of the commands that put a model to work."""

import argparse
from pathlib import Path

from tui.commands.options.shared import add_json, add_screen, add_workspace


def release_options(parser: argparse.ArgumentParser) -> None:
    """Take what `release` needs."""
    parser.add_argument(
        "action",
        choices=["draft", "new", "list", "show", "review", "log", "rows", "forget"],
        help="draft writes a plan for a run; new asks every arm and makes the release; "
        "show says how it stands; review lets a person decide on answers; log writes what was "
        "kept; rows writes corrections to train on; forget deletes a user",
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="a release; with new, a plan file")
    parser.add_argument("--run", metavar="RUN", help="with draft: the training run")
    parser.add_argument(
        "--review",
        metavar="HOW",
        help="with draft, new: who looks at answers; none, hold (before they go out), or a share "
        "to sample, such as 5%%",
    )
    parser.add_argument("--reviewer", metavar="NAME", help="with review: who decides")
    parser.add_argument("--user", metavar="KEY", help="with forget: the key the requests named")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="with draft, log, rows: where"
    )
    add_workspace(parser)
    add_screen(parser)
    add_json(parser)


def gateway_options(parser: argparse.ArgumentParser) -> None:
    """Take what `gateway` needs."""
    parser.add_argument("name", nargs="?", metavar="RELEASE", help="which release")
    parser.add_argument("--detach", action="store_true", help="launch and leave")
    parser.add_argument("--openapi", action="store_true", help="print how programs talk to it")
    add_workspace(parser)
    add_json(parser)


def rollback_options(parser: argparse.ArgumentParser) -> None:
    """Take what `rollback` needs."""
    parser.add_argument("name", metavar="RELEASE", help="which release")
    parser.add_argument("--why", default="", metavar="TEXT", help="the reason, for the record")
    parser.add_argument(
        "--forward", action="store_true", help="take a rollback back: deal the traffic as planned"
    )
    add_workspace(parser)
    add_json(parser)
