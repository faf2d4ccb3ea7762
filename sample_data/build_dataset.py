"""Writes the sample task's rows and planted flaws: `python -m sample_data.build_dataset`.

The same seed gives the same bytes on every machine.
"""

import json
import random
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from sample_data.building.flaws import NOTES, Flaw, plant
from sample_data.building.rows import CleanRow, as_object, line, write_rows

OUT: Final = Path(__file__).parent
SEED: Final = 20
CLEAN: Final = 600
HELD: Final = 40


class Files(NamedTuple):
    """Contents by file."""

    tickets: str
    """`support_tickets.jsonl`: clean rows and planted flaws."""

    evaluation: str
    """`support_tickets_eval.jsonl`: rows kept apart; five of them leaked into the tickets."""

    flaws: str
    """`planted_flaws.json`: rows, counted from 1, by the check that finds them."""


def build() -> Files:
    """Return the three files."""
    rng = random.Random(SEED)
    rows = write_rows(rng, CLEAN + HELD)
    clean, held = rows[:CLEAN], [_apart(row) for row in rows[CLEAN:]]
    placed = _mixed(rng, clean, plant(rng, clean, held))
    return Files(
        tickets="".join(f"{_text(item)}\n" for item in placed),
        evaluation="".join(f"{line(as_object(row))}\n" for row in held),
        flaws=json.dumps(_flaw_list(placed), indent=2) + "\n",
    )


def _apart(row: CleanRow) -> CleanRow:
    """Return the row as one of a customer who wrote nothing else."""
    return replace(row, customer=f"E-{row.number:03d}")


def _mixed(rng: random.Random, clean: list[CleanRow], flaws: list[Flaw]) -> list[CleanRow | Flaw]:
    """Return all rows in file order: flaws anywhere, but after the row they resemble."""
    keyed: list[tuple[float, CleanRow | Flaw]] = [
        (float(place), row) for place, row in enumerate(clean)
    ]
    for flaw in flaws:
        first = 0 if flaw.partner is None else flaw.partner + 1
        keyed.append((rng.uniform(first, len(clean)), flaw))
    return [item for _, item in sorted(keyed, key=lambda pair: pair[0])]


def _text(item: CleanRow | Flaw) -> str:
    return item.line if isinstance(item, Flaw) else line(as_object(item))


def _flaw_list(placed: list[CleanRow | Flaw]) -> dict[str, dict[str, object]]:
    """Return rows, partners and notes by check; a partner is the earlier row it resembles."""
    row_of = {item.number: row for row, item in enumerate(placed, 1) if isinstance(item, CleanRow)}
    listed: dict[str, dict[str, object]] = {}
    for check, note in NOTES.items():
        flaws = [
            (row, item)
            for row, item in enumerate(placed, 1)
            if isinstance(item, Flaw) and item.check == check
        ]
        partners = [row_of[flaw.partner + 1] for _, flaw in flaws if flaw.partner is not None]
        listed[check] = {"rows": [row for row, _ in flaws], "note": note}
        if partners:
            listed[check]["partners"] = partners
    return listed


def main() -> int:
    """Write the files beside this one."""
    files = build()
    for name, text in (
        ("support_tickets.jsonl", files.tickets),
        ("support_tickets_eval.jsonl", files.evaluation),
        ("planted_flaws.json", files.flaws),
    ):
        (OUT / name).write_bytes(text.encode())
        print(f"wrote {name}: {text.count(chr(10))} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
