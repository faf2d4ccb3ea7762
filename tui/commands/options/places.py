"""Options of commands about a workspace and this machine."""

import argparse
from pathlib import Path

from tui.commands.options.shared import add_json, add_screen, add_workspace


def open_options(parser: argparse.ArgumentParser) -> None:
    """Take what `open` needs."""
    parser.add_argument("directory", nargs="?", type=Path, metavar="DIR", help="the workspace")
    add_screen(parser)


def demo_options(parser: argparse.ArgumentParser) -> None:
    """Take what `demo` needs."""
    parser.add_argument(
        "directory",
        nargs="?",
        type=Path,
        default=Path("demo-workspace"),
        metavar="DIR",
        help="where to make the workspace (default: demo-workspace)",
    )
    parser.add_argument("--headless", action="store_true", help="without a screen, to the verdict")
    parser.add_argument("--seed", type=int, help="another seed for the split and the training")
    add_screen(parser)


def serve_options(parser: argparse.ArgumentParser) -> None:
    """Take what `serve` needs."""
    parser.add_argument(
        "study", nargs="?", metavar="STUDY", help="with --rater: a study; the newest if left out"
    )
    parser.add_argument(
        "--rater", metavar="NAME", help="serve nothing but the rating screen of this rater"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address (default: this machine only)")
    parser.add_argument("--port", type=int, default=0, help="port (default: a free one)")
    parser.add_argument(
        "--token", metavar="VARIABLE", help="environment variable with a token that works again"
    )
    add_workspace(parser)
    add_json(parser)


def init_options(parser: argparse.ArgumentParser) -> None:
    """Take what `init` needs."""
    parser.add_argument("directory", nargs="?", type=Path, default=Path(), metavar="DIR")
    parser.add_argument("--name", help="what to call the project (default: the folder's name)")
    add_json(parser)


def doctor_options(parser: argparse.ArgumentParser) -> None:
    """Take what `doctor` needs."""
    parser.add_argument(
        "--train", action="store_true", help="also train a little for real, and say what works"
    )
    add_workspace(parser)
    add_json(parser)
