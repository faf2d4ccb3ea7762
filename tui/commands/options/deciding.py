"""Options of `tuningfork decide`."""

import argparse
from pathlib import Path

from tui.commands.options.shared import add_json, add_workspace


def decide_options(parser: argparse.ArgumentParser) -> None:
    """Take what `decide` needs."""
    parser.add_argument("--answers", type=Path, metavar="FILE", help="answers as TOML")
    parser.add_argument("--questions", action="store_true", help="list the questions and leave")
    parser.add_argument(
        "--measure",
        metavar="FILE|SPLIT",
        help="try prompts, examples and documents on these rows first, and answer from that",
    )
    parser.add_argument(
        "--model",
        default="embedded",
        metavar="NAME",
        help="who answers while measuring: a folder, NAME@COMMIT of the Hub (default: embedded)",
    )
    parser.add_argument(
        "--documents", type=Path, metavar="DIR", help="what retrieval looks up while measuring"
    )
    parser.add_argument(
        "--draft-prompt",
        action="store_true",
        help="write improved_prompt.txt from the rows first, unless there is one",
    )
    parser.add_argument(
        "--good",
        choices=["exact", "same_format", "valid_json"],
        default="exact",
        help="which answers count as good while measuring (default: exact)",
    )
    parser.add_argument(
        "--good-enough",
        type=float,
        default=0.8,
        metavar="SHARE",
        help="share of good answers that is good enough (default: 0.8)",
    )
    parser.add_argument("--save", action="store_true", help="record the decision in the workspace")
    parser.add_argument("--name", default="decision", help="what to call the decision")
    parser.add_argument(
        "--markdown", action="store_true", help="print the decision as a record in Markdown"
    )
    parser.add_argument(
        "--expect", metavar="POINTS", help="the gain you expect in points, as in 5-15; kept with it"
    )
    parser.add_argument(
        "--record", action="store_true", help="say which earlier decisions were right, and leave"
    )
    add_workspace(parser)
    add_json(parser)
