"""Corrected answers as rows to train on: what a rater wrote an answer should have been."""

from collections import Counter
from collections.abc import Collection, Iterable

from core.scoring.harvest.gathered import Gathered, answered, asked
from core.scoring.harvest.heard import HeardItem
from core.scoring.harvest.pairs import TRAP


def gather_corrections(items: Iterable[HeardItem], traps: Collection[str]) -> Gathered:
    """Return a chat row for every item that somebody corrected.

    Two different answers to one question would contradict each other, so that an item gives one
    row: the text most raters wrote, of equals the one that started from the best answer.
    """
    found = Gathered()
    for heard in items:
        written: Counter[str] = Counter()
        started: dict[str, float] = {}
        for answer in heard.answers:
            for text in answer.edits.values():
                if heard.item.id in traps:
                    found.left_out[TRAP] += 1
                elif not text.strip():
                    found.left_out["nothing was written"] += 1
                elif text == answer.side.text:
                    found.left_out["the answer was left as it was"] += 1
                else:
                    written[text] += 1
                    started[text] = max(started.get(text, 0.0), answer.mean)
        if not written:
            continue
        best = max(sorted(written), key=lambda text: (written[text], started[text]))
        others = written.total() - written[best]
        if others:
            found.left_out["another correction of the same question was taken"] += others
        found.take({"messages": [*asked(heard.item.prompt), answered(best)]})
    return found
