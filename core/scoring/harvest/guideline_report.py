"""The items that a guideline leaves open, as Markdown for a meeting or JSON for a program."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from core.errors import UsageError
from core.scoring.harvest.guideline import GuidelineBug, guideline_bugs
from core.scoring.harvest.heard import HeardAnswer, heard_items
from core.scoring.harvest.training_rows import read_trusted, refuse_taken
from core.scoring.study.folder import StudyFolder
from core.scoring.study.opened import read_sealed
from core.storage import replace_file
from core.text_safety import clip, visible

_LONGEST = 4_000
_TICKS = re.compile("`+")


def export_guideline(folder: StudyFolder, path: Path) -> int:
    """Write the items that consistent raters see differently, and return how many.

    Nobody's answer is named, and the seal stays shut: all it is asked for is which items are
    planted.
    """
    if path.suffix not in {".md", ".json"}:
        raise UsageError(
            what=f"{visible(path.name)} ends neither in .md nor in .json.",
            why="The ending says how the items are written.",
            remedy="Add -o FILE.md or -o FILE.json.",
        )
    refuse_taken(path)
    locked, logs = read_trusted(folder)
    planted = read_sealed(folder).extra
    items = [one for one in heard_items(locked, logs) if one.item.id not in planted]
    bugs = guideline_bugs(items, logs.standings)
    if path.suffix == ".json":
        content = json.dumps([_as_json(bug) for bug in bugs], ensure_ascii=False, indent=2) + "\n"
    else:
        content = "\n".join(_markdown(locked.plan.name, bugs)) + "\n"
    replace_file(path, content.encode(errors="replace"))
    return len(bugs)


def _as_json(bug: GuidelineBug) -> dict[str, object]:
    """Return one item with everything that was said of it."""
    return {
        "item": bug.heard.item.id,
        "spread": bug.spread,
        "unsafe_split": bug.unsafe_split,
        "consistent": list(bug.consistent),
        "prompt": [{"role": turn.role, "text": turn.text} for turn in bug.heard.item.prompt],
        "reference": bug.heard.item.reference,
        "answers": [
            {
                "side": answer.side.id,
                "text": answer.side.text,
                "scores": dict(answer.scores),
                "unsafe": dict(answer.unsafe),
                "comments": dict(answer.comments),
            }
            for answer in bug.heard.answers
        ],
    }


def _markdown(study: str, bugs: list[GuidelineBug]) -> Iterator[str]:
    """Yield the lines of a report that can be read aloud."""
    yield f"# What the guideline of {_shown(study)} leaves open"
    yield ""
    if not bugs:
        yield "No item on which raters who otherwise rate alike are a whole step apart."
        return
    items = "item" if len(bugs) == 1 else "items"
    yield f"{len(bugs)} {items} on which raters who otherwise rate alike are apart, worst first."
    yield "Settle each in one sentence of the guideline before the next study."
    for number, bug in enumerate(bugs, start=1):
        about = ", and on whether it is unsafe" if bug.unsafe_split else ""
        yield ""
        yield f"## {number}. Up to {bug.spread} points apart{about}"
        for turn in bug.heard.item.prompt:
            yield from _quoted(_shown(turn.role), turn.text)
        if bug.heard.item.reference is not None:
            yield from _quoted("expected", bug.heard.item.reference)
        for letter, answer in zip(_letters(), bug.heard.answers, strict=False):
            yield from _quoted(f"answer {letter}", answer.side.text)
            yield from _said(bug, answer)


def _said(bug: GuidelineBug, answer: HeardAnswer) -> Iterator[str]:
    """Yield the scores and remarks on one answer."""
    yield ""
    for name, score in sorted(answer.scores.items()):
        aside = "" if name in bug.consistent else " (not counted: too few or too different ratings)"
        yield f"- {_shown(name)}: {score}{aside}"
        for kind, said in (("unsafe", answer.unsafe), ("comment", answer.comments)):
            yield from _remark(kind, name, said)


def _remark(kind: str, name: str, said: Mapping[str, str]) -> Iterator[str]:
    if name in said:
        yield f"    - {kind}: {_shown(said[name])}"


def _quoted(title: str, text: str) -> Iterator[str]:
    """Yield a text in a fence that nothing in it can close."""
    safe = visible(clip(text, _LONGEST), lines=True)
    fence = "`" * max(3, 1 + max((len(run) for run in _TICKS.findall(safe)), default=0))
    yield ""
    yield f"**{title}**"
    yield ""
    yield fence
    yield safe
    yield fence


def _shown(text: str) -> str:
    """Return somebody's words in one line that Markdown shows as they are."""
    shown = visible(clip(text, _LONGEST))
    for character in "\\`*_[]<>|#":
        shown = shown.replace(character, f"\\{character}")
    return shown


def _letters() -> Iterator[str]:
    """Yield A, B, C and so on."""
    yield from map(chr, range(ord("A"), ord("Z") + 1))
