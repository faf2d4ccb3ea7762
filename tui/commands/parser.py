"""What may follow each command; importing this costs argparse and nothing else."""

import argparse
from collections.abc import Sequence
from typing import NoReturn

from core.errors import UsageError
from tui.commands.command_list import COMMANDS, EXIT_CODES
from tui.commands.options.data import clean_options, holdout_options, inspect_options, split_options
from tui.commands.options.deciding import decide_options
from tui.commands.options.hosted import price_options, tune_options
from tui.commands.options.places import (
    demo_options,
    doctor_options,
    init_options,
    open_options,
    serve_options,
)
from tui.commands.options.releases import gateway_options, release_options, rollback_options
from tui.commands.options.runs import (
    compare_options,
    export_options,
    masks_options,
    parity_options,
    resume_options,
    run_of_options,
    runs_options,
    train_options,
    watch_options,
)
from tui.commands.options.scoring import (
    answer_rows_options,
    judge_options,
    metrics_options,
    rate_options,
    recheck_options,
    score_options,
    simulate_options,
    study_options,
    verdict_options,
)


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


_ADDERS = {
    "open": open_options,
    "demo": demo_options,
    "init": init_options,
    "doctor": doctor_options,
    "decide": decide_options,
    "inspect": inspect_options,
    "clean": clean_options,
    "split": split_options,
    "holdout": holdout_options,
    "masks": masks_options,
    "train": train_options,
    "tune": tune_options,
    "price": price_options,
    "score": score_options,
    "answer": answer_rows_options,
    "export": export_options,
    "release": release_options,
    "gateway": gateway_options,
    "rollback": rollback_options,
    "parity": parity_options,
    "runs": runs_options,
    "compare": compare_options,
    "status": run_of_options,
    "watch": watch_options,
    "stop": run_of_options,
    "pause": run_of_options,
    "checkpoint": run_of_options,
    "resume": resume_options,
    "study": study_options,
    "rate": rate_options,
    "recheck": recheck_options,
    "verdict": verdict_options,
    "serve": serve_options,
    "judge": judge_options,
    "metrics": metrics_options,
    "simulate": simulate_options,
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
