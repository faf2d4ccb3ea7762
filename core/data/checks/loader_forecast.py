"""Changes of type that make columnar loaders refuse the whole file."""

from collections.abc import Iterator, Sequence

from core.data.checking import Check
from core.data.rows import Fault, Row

CHECK = Check(
    id="loader_forecast",
    severity="high",
    message="Columnar loaders (Hugging Face datasets) refuse a file whose types change.",
    remedy="Write every content in the same way, as text or as a list of parts.",
)


def find(rows: Sequence[Row]) -> Iterator[Fault]:
    """Yield each row whose content has another type than the first in the file."""
    usual: str | None = None
    for row in rows:
        for place, message in enumerate(row.example.messages if row.example else ()):
            content = message.raw.get("content")
            if content is None:
                continue
            kind = "list" if isinstance(content, list) else "string"
            usual = usual or kind
            if kind != usual:
                yield Fault(
                    check=CHECK.id,
                    row=row.number,
                    path=f"messages[{place}].content",
                    message=f"changes from {usual} to {kind}",
                )
                break
