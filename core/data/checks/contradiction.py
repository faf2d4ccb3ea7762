"""Equal inputs with different answers."""

from collections.abc import Iterator, Sequence

from core.data.checking import Check
from core.data.keys import input_forms, normalise, system_form
from core.data.rows import Fault, Row

CHECK = Check(
    id="contradiction",
    severity="review",
    message="The same input has different answers, so the model learns to guess between them.",
    remedy="Lay the rows side by side and keep the right answer.",
)
_LABEL_WORDS = 3


def find(rows: Sequence[Row]) -> Iterator[Fault]:
    """Yield each row whose input was answered differently by an earlier one."""
    seen: dict[tuple[str, str], tuple[int, str]] = {}
    for row in rows:
        if row.example is None:
            continue
        system = system_form(row.example)
        answers = (normalise(m.text) for m in row.example.messages if m.trains)
        for asked, answer in zip(input_forms(row.example), answers, strict=True):
            first, known = seen.setdefault((system, asked), (row.number, answer))
            if known != answer:
                short = max(len(known.split()), len(answer.split())) <= _LABEL_WORDS
                yield Fault(
                    check=CHECK.id,
                    row=row.number,
                    message=f"answers the input of row {first} differently",
                    severity="high" if short else None,
                )
