"""Options of commands about files of rows."""

import argparse
from functools import partial
from pathlib import Path

from tui.commands.options.shared import add_json, add_workspace, positive


def inspect_options(parser: argparse.ArgumentParser) -> None:
    """Take what `inspect` needs."""
    parser.add_argument(
        "file",
        metavar="FILE",
        help="JSONL, JSON, CSV, TSV, Parquet, Arrow, also packed with gzip or zstd; a folder of "
        "them; `-` for standard input; hf://owner/name@revision",
    )
    parser.add_argument(
        "--fail-on",
        choices=["blocker", "high", "review", "info"],
        default="blocker",
        help="the mildest finding that makes the exit code 1 (default: blocker)",
    )
    parser.add_argument(
        "--against",
        type=Path,
        metavar="EVAL",
        help="a file of evaluation rows: say which of them, or nearly, stand in FILE",
    )
    parser.add_argument(
        "--context",
        type=positive,
        metavar="N",
        help="most tokens a row may have later; rows not proven to fit are named (default: 2048)",
    )
    parser.add_argument(
        "--provider",
        choices=["datasets", "fireworks", "openai", "together", "vertex"],
        help="say which rows this service would refuse",
    )
    parser.add_argument(
        "--epochs",
        type=positive,
        default=1,
        metavar="N",
        help="how often training will show a row; findings count their exposures",
    )
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="COLUMN=ROLE|FILE",
        help="what a column is (question=user answer=assistant), or a file that says so",
    )
    parser.add_argument(
        "--kind",
        choices=["jsonl", "json", "csv", "tsv", "parquet", "arrow"],
        help="what the file is, where neither its name nor its content says so",
    )
    parser.add_argument("--split", metavar="NAME", help="which split of a data set")
    parser.add_argument("--config", metavar="NAME", help="which configuration of a data set")
    add_workspace(parser)
    add_json(parser)


def clean_options(parser: argparse.ArgumentParser) -> None:
    """Take what `clean` needs."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the source that was mended")
    parser.add_argument("--journal", type=Path, help="its journal; the workspace's own if left out")
    parser.add_argument("-o", "--output", type=Path, required=True, help="where the rows go")
    parser.add_argument("--replace", action="store_true", help="write over what is there")
    for act, words in (
        ("fix", "mend every row of a check's findings by the rule for it"),
        ("redact", "cover secrets and personal data in every row of a check's findings"),
        ("drop", "leave out every row of a check's findings"),
    ):
        parser.add_argument(
            f"--{act}",
            action="append",
            dest="answers",
            default=[],
            type=partial(_answer, act),
            metavar="CHECK",
            help=f"{words}; without --yes only count them",
        )
    parser.add_argument("--yes", action="store_true", help="do what --fix, --redact, --drop say")
    add_workspace(parser)
    add_json(parser)


def _answer(act: str, check: str) -> tuple[str, str]:
    return act, check


def split_options(parser: argparse.ArgumentParser) -> None:
    """Take what `split` needs."""
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--name", help="what to call the dataset (default: the file's name)")
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="COLUMN=ROLE|FILE",
        help="what a column is, as for `inspect`",
    )
    parser.add_argument("--holdout", type=float, metavar="SHARE", help="of the rows (0.15)")
    parser.add_argument("--validation", type=float, metavar="SHARE", help="of the rows (0.1)")
    parser.add_argument("--by", metavar="FIELD", help="a field whose every value has its share")
    parser.add_argument(
        "--group", metavar="FIELD,FIELD", help="fields: equal values stay on one side"
    )
    parser.add_argument("--time", metavar="FIELD", help="a date: the newest rows are the holdout")
    parser.add_argument("--cutoff", metavar="DATE", help="with --time: rows from here on")
    parser.add_argument(
        "--new-version",
        action="store_true",
        help="let a locked holdout grow; scores before and after cannot be compared",
    )
    add_workspace(parser)
    add_json(parser)


def holdout_options(parser: argparse.ArgumentParser) -> None:
    """Take what `holdout` needs."""
    parser.add_argument("split", metavar="SPLIT", help="name of a split in the workspace")
    parser.add_argument(
        "place",
        nargs="+",
        type=Path,
        metavar="PLACE",
        help="a .jsonl file of rows; any other file or folder is read as documents",
    )
    add_workspace(parser)
    add_json(parser)
