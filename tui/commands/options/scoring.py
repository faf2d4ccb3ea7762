"""Options of commands that answer, rate and judge."""

import argparse
from pathlib import Path

from tui.commands.options.guests import add_answer, add_guests
from tui.commands.options.runs import run_of_options
from tui.commands.options.shared import add_json, add_screen, add_workspace, positive


def score_options(parser: argparse.ArgumentParser) -> None:
    """Take what `score` needs."""
    parser.add_argument("--detach", action="store_true", help="launch and leave")
    add_guests(parser)
    run_of_options(parser)


def answer_rows_options(parser: argparse.ArgumentParser) -> None:
    """Take what `answer` needs."""
    add_answer(parser)
    add_workspace(parser)
    add_json(parser)


def recheck_options(parser: argparse.ArgumentParser) -> None:
    """Take what `recheck` needs."""
    parser.add_argument(
        "what", nargs="?", metavar="RUN|STUDY", help="what was scored; the newest if left out"
    )
    parser.add_argument(
        "--endpoint", action="append", default=[], metavar="NAME", help="ask only this server"
    )
    parser.add_argument(
        "--model", default="", metavar="NAME", help="a version to ask in the scored one's place"
    )
    add_workspace(parser)
    add_json(parser)


def study_options(parser: argparse.ArgumentParser) -> None:
    """Take what `study` needs."""
    parser.add_argument(
        "action",
        choices=[
            "new",
            "lock",
            "list",
            "status",
            "verify",
            "peek",
            "export",
            "handout",
            "merge",
            "keys",
        ],
        help="new writes a plan; lock draws items and seals the names; status and verify look; "
        "peek shows what is hidden while people rate; export names the ratings; handout copies the "
        "sheet for a rater elsewhere; merge takes in logs; keys prints lines for authorized_keys",
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
    parser.add_argument(
        "--anchors",
        metavar="STUDY",
        help="with new: an opened study whose old answers are rated again, to tell a model's drift "
        "from the raters'",
    )
    parser.add_argument("--rater", metavar="NAME", help="with handout: for whom")
    parser.add_argument("--why", metavar="REASON", help="with peek: kept, and in the verdict")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="with export, handout: where to"
    )
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
    add_workspace(parser)
    add_json(parser)


def rate_options(parser: argparse.ArgumentParser) -> None:
    """Take what `rate` needs."""
    parser.add_argument("study", nargs="?", metavar="STUDY", help="without it, the newest")
    parser.add_argument("--rater", required=True, metavar="NAME", help="who rates")
    add_workspace(parser)
    add_screen(parser)


def verdict_options(parser: argparse.ArgumentParser) -> None:
    """Take what `verdict` needs."""
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
    add_workspace(parser)
    add_json(parser)


def judge_options(parser: argparse.ArgumentParser) -> None:
    """Take what `judge` needs."""
    parser.add_argument("study", metavar="STUDY", help="a study that people rated, its seal open")
    parser.add_argument("--endpoint", metavar="NAME", help="a server of endpoints.toml that judges")
    parser.add_argument("--base-url", metavar="URL", help="or any server, up to /v1")
    parser.add_argument("--model", metavar="NAME", help="with --base-url: what it calls the model")
    parser.add_argument(
        "--key", metavar="VARIABLE", help="with --base-url: environment variable with the key"
    )
    parser.add_argument(
        "--yes", action="store_true", help="let answers leave this machine without being asked"
    )
    parser.add_argument("--detach", action="store_true", help="launch and leave")
    add_workspace(parser)
    add_json(parser)


def metrics_options(parser: argparse.ArgumentParser) -> None:
    """Take what `metrics` needs."""
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
    parser.add_argument("--longest", type=positive, metavar="N", help="most characters allowed")
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
    add_json(parser)


def simulate_options(parser: argparse.ArgumentParser) -> None:
    """Take what `simulate` needs."""
    parser.add_argument(
        "--items",
        type=positive,
        action="append",
        metavar="N",
        help="items of the study; may be repeated (default: 20, 30, 50 and 100)",
    )
    parser.add_argument(
        "--raters", type=positive, default=2, metavar="N", help="people on every item (2)"
    )
    parser.add_argument(
        "--alternatives",
        type=positive,
        default=3,
        metavar="N",
        help="contenders that the tuned model must beat (3)",
    )
    parser.add_argument(
        "--studies", type=positive, default=200, metavar="N", help="simulated studies a cell (200)"
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
    add_json(parser)
