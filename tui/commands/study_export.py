"""`tuningfork study export`: the ratings of a study, and what else it is good for."""

import json
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import UsageError
from core.text_safety import visible
from tui.commands.place import moment, who, workspace_of

if TYPE_CHECKING:
    from core.scoring.study.folder import StudyFolder

_HOLDS = {
    "ratings": ("`study export` writes a CSV with the contenders' names.", "FILE.csv"),
    "pairs": ("`--as pairs` writes one preference pair a line.", "FILE.jsonl"),
    "corrections": ("`--as corrections` writes one corrected row a line.", "FILE.jsonl"),
    "guideline": ("`--as guideline` writes what raters see differently.", "FILE.md"),
}


def export(arguments: Namespace, folder: "StudyFolder") -> int:
    """Write what was asked for and return the exit code."""
    if arguments.output is None:
        why, name = _HOLDS[arguments.kind]
        raise UsageError(
            what=f"Nobody said where the {arguments.kind} go.",
            why=why,
            remedy=f"Add -o {name}.",
        )
    if arguments.allow_holdout is not None and arguments.kind in {"ratings", "guideline"}:
        raise UsageError(
            what=f"--allow-holdout means nothing for {arguments.kind}.",
            why="It is the reason to write rows to train on that touch the holdout.",
            remedy="Leave it out, or add --as pairs or --as corrections.",
        )
    if arguments.kind == "ratings":
        _ratings(folder, arguments.output)
    elif arguments.kind == "guideline":
        _guideline(arguments, folder, arguments.output)
    else:
        _rows(arguments, folder, arguments.output)
    return 0


def _ratings(folder: "StudyFolder", path: Path) -> None:
    """Write the named ratings as CSV, as `verdict --ratings` reads them."""
    from core.scoring.study.export import export_ratings

    count = export_ratings(folder, path, by=who()[0], now=moment())
    print(f"Wrote {count:,} ratings to {visible(str(path))}; the names are known now.")


def _guideline(arguments: Namespace, folder: "StudyFolder", path: Path) -> None:
    """Write the items that consistent raters see differently; no name is known by that."""
    from core.scoring.harvest.guideline_report import export_guideline

    count = export_guideline(folder, path)
    if arguments.json:
        print(json.dumps({"file": str(path), "items": count}))
    else:
        items = "item" if count == 1 else "items"
        print(f"Wrote {count:,} {items} to {visible(str(path))}; the names stay sealed.")


def _rows(arguments: Namespace, folder: "StudyFolder", path: Path) -> None:
    """Write rows to train on; those that touch the holdout need a reason."""
    from core.scoring.harvest.training_rows import export_rows

    done = export_rows(
        workspace_of(arguments),
        folder,
        path,
        kind=arguments.kind,
        by=who()[0],
        now=moment(),
        reason=arguments.allow_holdout,
    )
    if arguments.json:
        print(json.dumps({"file": str(path)} | done.as_json()))
        return
    print(f"Wrote {done.rows:,} {arguments.kind} to {visible(str(path))}.")
    print(*done.lines(), "The seal is open now.", sep="\n")
