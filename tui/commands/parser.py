"""What may follow each command; importing this costs argparse and nothing else."""

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

from core.errors import UsageError
from tui.commands.command_list import COMMANDS, EXIT_CODES
from tui.commands.guest_options import add_answer, add_guests


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are errors of ours, so that `--json` can print them too."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(
            what=f"{self.prog}: {message}.",
            why="The command line could not be understood.",
            remedy=f"`{self.prog} --help` shows what fits.",
        )


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of the whole command line, or of one command when `only` names it.

    Every option costs time before the first paint, so those of other commands are left out.
    """
    parser = _Parser(
        prog="tuningfork",
        description="Should this task be prompted, given documents, or fine-tuned, and is the "
        "result good enough to ship?",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="print the version and leave")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    for command in COMMANDS:
        if only not in {None, command.name}:
            continue
        sub = commands.add_parser(
            command.name,
            help=command.help,
            description=command.help[0].upper() + command.help[1:] + ".",
        )
        sub.set_defaults(module=command.module)
        _ADDERS[command.name](sub)
    return parser


def _add_workspace(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-w",
        "--workspace",
        type=Path,
        metavar="DIR",
        help="the workspace; without it, the one that holds the current folder",
    )


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _add_screen(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--plain", action="store_true", help="print lines instead of a screen")
    parser.add_argument(
        "--glyphs", choices=["braille", "block", "ascii"], help="symbols the terminal can draw"
    )
    parser.add_argument("--theme", metavar="NAME", help="colours, such as ansi-dark")


def _open(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", nargs="?", type=Path, metavar="DIR", help="the workspace")
    _add_screen(parser)


def _demo(parser: argparse.ArgumentParser) -> None:
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
    _add_screen(parser)


def _init(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", nargs="?", type=Path, default=Path(), metavar="DIR")
    parser.add_argument("--name", help="what to call the project (default: the folder's name)")
    _add_json(parser)


def _doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--train", action="store_true", help="also train a little for real, and say what works"
    )
    _add_workspace(parser)
    _add_json(parser)


def _decide(parser: argparse.ArgumentParser) -> None:
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
    _add_workspace(parser)
    _add_json(parser)


def _positive(text: str) -> int:
    """Return a whole number from 1 on."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not 1 or more")
    return number


def _inspect(parser: argparse.ArgumentParser) -> None:
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
        type=_positive,
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
        type=_positive,
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
    _add_workspace(parser)
    _add_json(parser)


def _clean(parser: argparse.ArgumentParser) -> None:
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
    _add_workspace(parser)
    _add_json(parser)


def _answer(act: str, check: str) -> tuple[str, str]:
    return act, check


def _split(parser: argparse.ArgumentParser) -> None:
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
    _add_workspace(parser)
    _add_json(parser)


def _holdout(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("split", metavar="SPLIT", help="name of a split in the workspace")
    parser.add_argument(
        "place",
        nargs="+",
        type=Path,
        metavar="PLACE",
        help="a .jsonl file of rows; any other file or folder is read as documents",
    )
    _add_workspace(parser)
    _add_json(parser)


def _masks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recipe", type=Path, metavar="RECIPE", help="a TOML file")
    parser.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", help="override one field"
    )
    parser.add_argument("--row", type=int, metavar="N", help="also every token of this row")
    parser.add_argument(
        "--validation", action="store_true", help="a validation row, not a train row"
    )
    _add_workspace(parser)
    _add_json(parser)


def _train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recipe", nargs="?", type=Path, metavar="RECIPE", help="TOML or YAML")
    parser.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", help="override one field"
    )
    parser.add_argument(
        "--allow-holdout",
        metavar="REASON",
        help="train on rows that touch the holdout all the same; such a run is never scored",
    )
    after = parser.add_mutually_exclusive_group()
    after.add_argument("--detach", action="store_true", help="launch and leave")
    after.add_argument("--dry-run", action="store_true", help="print the resolved recipe and leave")
    after.add_argument("--fields", action="store_true", help="print every field and leave")
    _add_workspace(parser)
    _add_json(parser)


def _run_of(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?", metavar="RUN", help="an id; without it, the newest")
    _add_workspace(parser)
    _add_json(parser)


def _watch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "run",
        nargs="?",
        metavar="RUN|PATH",
        help="an id (without it, the newest job), or a folder or file of another program: "
        "Hugging Face output, LLaMA-Factory log, TensorBoard events, events.jsonl",
    )
    _add_workspace(parser)
    _add_json(parser)
    _add_screen(parser)


def _score(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--detach", action="store_true", help="launch and leave")
    add_guests(parser)
    _run_of(parser)


def _answer_rows(parser: argparse.ArgumentParser) -> None:
    add_answer(parser)
    _add_workspace(parser)
    _add_json(parser)


def _export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="an id; a recipe file will do for a trainer")
    parser.add_argument("destination", type=Path, metavar="DEST", help="a folder to make")
    parser.add_argument(
        "--to",
        required=True,
        choices=["adapter", "merged", "trl", "axolotl", "llama-factory", "unsloth"],
        help="the result of a run, or its recipe and rows as another trainer reads them",
    )
    parser.add_argument(
        "--precision",
        choices=["base", "float32", "bfloat16", "float16"],
        default="base",
        help="how merged weights are stored (default: as the base model's)",
    )
    parser.add_argument("--detach", action="store_true", help="launch and leave")
    _add_workspace(parser)
    _add_json(parser)


def _runs(parser: argparse.ArgumentParser) -> None:
    _add_workspace(parser)
    _add_json(parser)


def _compare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", metavar="RUN", help="ids of two to six runs")
    _add_workspace(parser)
    _add_json(parser)


def _study(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        choices=["new", "lock", "list", "status", "verify", "export", "merge", "keys"],
        help="new writes a plan; lock draws items and seals the names; status and verify look; "
        "export names the ratings; merge takes in logs; keys prints lines for authorized_keys",
    )
    parser.add_argument(
        "what", nargs="?", metavar="STUDY|PLAN", help="a study, or the plan to write or to lock"
    )
    parser.add_argument(
        "logs", nargs="*", type=Path, metavar="FILE", help="logs to merge, or public keys"
    )
    parser.add_argument(
        "--answers",
        metavar="RUN|FILE",
        help="with lock: a scored run, or JSONL with item, contender and answer on every line; "
        "the newest verdict's answers if left out",
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="with export: where to")
    parser.add_argument(
        "--as",
        dest="kind",
        choices=["ratings", "pairs", "corrections", "guideline"],
        default="ratings",
        help="with export: ratings as CSV, preference pairs or corrected answers as JSONL, "
        "or what the guideline leaves open as .md or .json",
    )
    parser.add_argument(
        "--allow-holdout",
        metavar="REASON",
        help="with export: write rows that touch the holdout all the same, and keep the reason",
    )
    _add_workspace(parser)
    _add_json(parser)


def _rate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("study", nargs="?", metavar="STUDY", help="without it, the newest")
    parser.add_argument("--rater", required=True, metavar="NAME", help="who rates")
    _add_workspace(parser)
    _add_screen(parser)


def _verdict(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "study", nargs="?", metavar="STUDY", help="a blind study; without it, the newest verdict"
    )
    parser.add_argument(
        "--early",
        action="store_true",
        help="with STUDY: open the seal though planned ratings are missing",
    )
    parser.add_argument(
        "--ratings",
        type=Path,
        metavar="FILE",
        help="a CSV made elsewhere: item, contender, rater, score 1 to 5, and maybe unsafe",
    )
    parser.add_argument(
        "--tuned", metavar="NAME", help="the contender that is to be shipped or not"
    )
    parser.add_argument(
        "--worthwhile",
        type=float,
        default=0.5,
        metavar="POINTS",
        help="smallest gain worth having, said before the rating (default: 0.5)",
    )
    parser.add_argument(
        "--details", action="store_true", help="also every test, agreement and rater"
    )
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="also write it as FILE.md or FILE.html"
    )
    _add_workspace(parser)
    _add_json(parser)


def _metrics(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="JSONL: answer, reference, maybe prompt, contender"
    )
    parser.add_argument(
        "--metric",
        action="append",
        default=[],
        metavar="NAME",
        help="exact, normalised, token_f1, labels, bleu, chrf, rouge_1, rouge_2, rouge_l, json, "
        "shape, fields; may be repeated (default: what fits the references)",
    )
    parser.add_argument(
        "--by", choices=["label", "length", "language"], help="also on each slice of the items"
    )
    parser.add_argument("--pattern", metavar="REGEX", help="share of answers that hold it")
    parser.add_argument("--longest", type=_positive, metavar="N", help="most characters allowed")
    parser.add_argument("--schema", type=Path, metavar="FILE", help="a JSON schema to keep")
    parser.add_argument(
        "--own", metavar="FILE.py:FUNCTION", help="a function of yours that returns 0 to 1"
    )
    parser.add_argument(
        "--timeout", type=float, default=60.0, metavar="S", help="seconds --own may take (60)"
    )
    parser.add_argument(
        "--confusion", action="store_true", help="also each label, and what was taken for what"
    )
    _add_json(parser)


def _simulate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--items",
        type=_positive,
        action="append",
        metavar="N",
        help="items of the study; may be repeated (default: 20, 30, 50 and 100)",
    )
    parser.add_argument(
        "--raters", type=_positive, default=2, metavar="N", help="people on every item (2)"
    )
    parser.add_argument(
        "--alternatives",
        type=_positive,
        default=3,
        metavar="N",
        help="contenders that the tuned model must beat (3)",
    )
    parser.add_argument(
        "--studies", type=_positive, default=200, metavar="N", help="simulated studies a cell (200)"
    )
    parser.add_argument("--sequential", action="store_true", help="watch the evidence, stop early")
    parser.add_argument("--alpha", type=float, default=0.05, help="false verdicts allowed (0.05)")
    parser.add_argument(
        "--worthwhile",
        type=float,
        default=0.5,
        metavar="POINTS",
        help="smallest gain worth having (0.5)",
    )
    parser.add_argument(
        "--noise",
        type=float,
        default=0.5,
        help="variance of raters' own opinions, where that of quality is 1 (0.5)",
    )
    parser.add_argument("--seed", type=int, default=1, help="another draw of studies (1)")
    _add_json(parser)


_ADDERS = {
    "open": _open,
    "demo": _demo,
    "init": _init,
    "doctor": _doctor,
    "decide": _decide,
    "inspect": _inspect,
    "clean": _clean,
    "split": _split,
    "holdout": _holdout,
    "masks": _masks,
    "train": _train,
    "score": _score,
    "answer": _answer_rows,
    "export": _export,
    "runs": _runs,
    "compare": _compare,
    "status": _run_of,
    "watch": _watch,
    "stop": _run_of,
    "pause": _run_of,
    "checkpoint": _run_of,
    "resume": _run_of,
    "study": _study,
    "rate": _rate,
    "verdict": _verdict,
    "metrics": _metrics,
    "simulate": _simulate,
}


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Return what the words mean; a first word that is no command is a folder to open."""
    names = {command.name for command in COMMANDS}
    first = next((word for word in words if not word.startswith("-")), None)
    asks = any(word in {"-h", "--help", "--version"} for word in words)
    if first not in names and not (asks and first is None):
        words = ["open", *words]
    return build_parser(words[0] if words[0] in names else None).parse_args(words)


def version() -> str:
    """Return the installed version."""
    import importlib.metadata

    return importlib.metadata.version("tuningfork")
