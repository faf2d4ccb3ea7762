"""Words of the command line that let contenders from outside answer."""

import argparse
from pathlib import Path


def add_guests(parser: argparse.ArgumentParser) -> None:
    """Add who answers besides the models of this machine, and whether rows may leave it."""
    parser.add_argument(
        "--endpoint",
        action="append",
        default=[],
        metavar="NAME",
        help="also a server of the workspace's endpoints.toml; may be repeated",
    )
    parser.add_argument(
        "--contender",
        action="append",
        default=[],
        metavar="[KIND@]NAME[=MODEL]",
        help="also a kind (few_shot, improved_prompt, retrieval) over a server of endpoints.toml, "
        "over `embedded`, or over a run, a folder or a pinned name on the Hub; may be repeated",
    )
    parser.add_argument(
        "--answers",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="also answers made elsewhere: JSONL with item or prompt, contender and answer",
    )
    parser.add_argument(
        "--yes", action="store_true", help="let prompts leave this machine without being asked"
    )


def add_answer(parser: argparse.ArgumentParser) -> None:
    """Add what `answer` takes beside workspace and JSON."""
    parser.add_argument("file", metavar="FILE", help="rows, in any form that `inspect` reads")
    parser.add_argument(
        "--contender",
        action="append",
        required=True,
        metavar="[KIND@]NAME[=PLACE]",
        help="a server of endpoints.toml, `embedded`, or a name and where its model is: a run, a "
        "folder, ORG/NAME@COMMIT of the Hub, or a file of answers; few_shot@NAME, "
        "improved_prompt@NAME and retrieval@NAME put something before; may be repeated",
    )
    parser.add_argument(
        "--examples",
        metavar="SPLIT|FILE",
        help="what few_shot shows; the only split of the workspace if left out",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="JSONL for `study lock --answers` and `metrics`",
    )
    parser.add_argument(
        "--scoring",
        action="store_true",
        help="rows of a holdout may be answered: these answers are rated or measured, no more",
    )
    parser.add_argument("--replace", action="store_true", help="write over what is there")
    parser.add_argument(
        "--yes", action="store_true", help="let prompts leave this machine without being asked"
    )
    parser.add_argument("--detach", action="store_true", help="launch and leave")
