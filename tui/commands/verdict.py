"""`tuningfork verdict`: the newest verdict, or one on a file of ratings, with its figures."""

import json
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import JobError, UsageError
from core.scoring.rated.rating import SPAN
from core.storage import replace_file
from core.text_safety import visible
from core.workspace import Workspace
from tui.commands.place import workspace_of
from tui.verdict_look import Scored, read_verdicts

if TYPE_CHECKING:
    from core.scoring.rated.section import Section
    from core.scoring.rated.table import Table
    from core.scoring.rated.verdict import RatedVerdict

_NO = 1


def run(arguments: Namespace) -> int:
    """Print it; exit 1 when it says not to ship."""
    if arguments.ratings is not None:
        return _judge_ratings(arguments)
    if arguments.study is not None:
        return _judge_study(arguments)
    alone = next((name for name in ("tuned", "report") if vars(arguments)[name]), None)
    if alone is not None:
        raise UsageError(
            what=f"--{alone} was given without --ratings or a study.",
            why="The newest verdict of a workspace knows its contenders and is shown by the app.",
            remedy="Name the study, or judge a file: --ratings FILE.csv --tuned NAME.",
        )
    verdict = newest_verdict(workspace_of(arguments))
    if arguments.json:
        print(json.dumps(verdict.result, ensure_ascii=False))
    else:
        print_verdict(verdict)
    return _NO if verdict.result.get("decision") == "do_not_ship" else 0


def _judge_study(arguments: Namespace) -> int:
    """Open the seal of a study, and print and keep what its ratings say."""
    from core.scoring.study.folder import find_study
    from core.scoring.study.judging import judge_study
    from tui.commands.place import moment, who

    workspace = workspace_of(arguments)
    folder = find_study(workspace, arguments.study)
    write = _report_writer(arguments.report)
    judged = judge_study(workspace, folder, early=arguments.early, by=who()[0], now=moment())
    if arguments.report is not None:
        content = write(judged.verdict, judged.table, judged.sections)
        replace_file(arguments.report, content.encode(), mode=0o644)
    if arguments.json:
        print(json.dumps(judged.as_json(), ensure_ascii=False))
    else:
        _print_rated(judged.verdict, judged.table, details=arguments.details)
        for sentence in judged.upgrade.sentences() if judged.upgrade else ():
            print(visible(sentence))
        if arguments.details:
            print(*(line for one in judged.sections for line in one.lines()), sep="\n")
    return _NO if judged.verdict.decision == "do_not_ship" else 0


def _print_rated(verdict: "RatedVerdict", table: "Table", *, details: bool) -> None:
    from tui.rated_lines import detail_lines, rated_lines

    shown = [*rated_lines(verdict, table)]
    if details:
        shown += detail_lines(verdict, table)
    print(*shown, sep="\n")


def _judge_ratings(arguments: Namespace) -> int:
    """Print the verdict on ratings that were made elsewhere."""
    from core.scoring.rated.contract import as_json
    from core.scoring.rated.ratings_file import read_ratings
    from core.scoring.rated.table import make_table
    from core.scoring.rated.terms import Integrity, Terms
    from core.scoring.rated.verdict import judge

    if arguments.tuned is None:
        raise UsageError(
            what="Nobody said which contender is the fine-tune.",
            why="The verdict is about that one; all others are its alternatives.",
            remedy="Add --tuned NAME, as the column contender names it.",
        )
    if not 0 < arguments.worthwhile <= SPAN:
        raise UsageError(
            what=f"--worthwhile is {arguments.worthwhile:g}.",
            why=f"A gain in rating points is more than 0 and at most {SPAN:g}.",
            remedy="Leave it out for 0.5.",
        )
    write = _report_writer(arguments.report)
    file = read_ratings(arguments.ratings)
    table = make_table(file.ratings)
    verdict = judge(
        table,
        Terms(tuned=arguments.tuned, worthwhile=arguments.worthwhile),
        Integrity(verified=False),
        unsafe_recorded=file.unsafe_recorded,
    )
    if arguments.report is not None:
        replace_file(arguments.report, write(verdict, table, (file.section,)).encode(), mode=0o644)
    if arguments.json:
        print(json.dumps(as_json(verdict, table), ensure_ascii=False))
    else:
        _print_rated(verdict, table, details=arguments.details)
    return _NO if verdict.decision == "do_not_ship" else 0


def _report_writer(path: Path | None) -> "Callable[[RatedVerdict, Table, Sequence[Section]], str]":
    """Return what makes the report that the file's name asks for."""
    from core.scoring.rated.report import as_html, as_markdown

    if path is not None and path.suffix.lower() in {".html", ".htm"}:
        return as_html
    if path is None or path.suffix.lower() in {".md", ".markdown"}:
        return as_markdown
    raise UsageError(
        what=f"{visible(path.name)} says neither Markdown nor HTML.",
        why="The ending of the name decides how the report is written.",
        remedy="Call it report.md or report.html.",
    )


def newest_verdict(workspace: Workspace) -> Scored:
    """Return the newest verdict, or say how to get one."""
    verdicts = read_verdicts(workspace)
    if not verdicts:
        raise JobError(
            what="This workspace has no verdict yet.",
            why="No run was scored here.",
            remedy="`tuningfork score RUN` scores one; `tuningfork demo` shows how.",
        )
    return verdicts[0]


def print_verdict(verdict: Scored) -> None:
    """Print the sentence, then one line a contender and one a comparison."""
    from tui.kept_ratings import is_rated, kept_lines

    result = verdict.result
    if is_rated(result):
        print(*kept_lines(result), sep="\n")
        return
    print(visible(verdict.sentence))
    print(f"decision: {visible(str(result.get('decision')).replace('_', ' '))}")
    if verdict.hidden_by:
        study = visible(verdict.hidden_by)
        print(f'`tuningfork study peek {study} --why "..."` shows it; that stands in the verdict.')
    for name, measures in result.get("contenders", {}).items():
        shares = ", ".join(
            f"{metric.replace('_', ' ')} {counts['hits']:.0f} of {counts['n']:.0f}"
            f" ({100 * counts['low']:.0f}-{100 * counts['high']:.0f} %)"
            for metric, counts in measures.items()
        )
        print(f"{visible(name)}: {shares}")
    for one in result.get("comparisons", ()):
        print(
            f"tuned against {visible(one['against'])}: {one['wins']} wins, {one['ties']} ties, "
            f"{one['losses']} losses, p {one['p']:.2g}"
        )


def tuned_beats(verdict: Scored, contender: str) -> bool:
    """Return whether the tuned model surely did better than this contender."""
    return any(
        one["against"] == contender and one["low"] > 0 and one["p"] <= 0.05
        for one in verdict.result.get("comparisons", ())
    )
