"""Where a study's figures come from, so that anybody who has the folder can check them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from core.scoring.rated.section import Section
from core.scoring.study.folder import StudyFolder
from core.scoring.study.opened import Locked, Logs
from core.scoring.study.record import read_opening
from core.storage import storage_error

EXPOSED = "Every account that may read the sealed file knows whose answer is whose: chmod 600 it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """The hashes and moments that a report names."""

    study: str
    """Id of the study."""
    plan: str
    """The plan's hash, from which every log starts."""
    mapping: str
    """Hash of whose answer is whose, published at the lock."""
    holdout: str
    """Root of the holdout lock the items come from; empty where there was none."""
    locked_at: str
    """When the plan was locked, UTC."""
    opened_at: str
    """When the seal was opened first, UTC; empty while it is shut."""
    opened_by: str
    """By whom; empty while it is shut."""
    heads: dict[str, str]
    """Hash of the last event of every log, by rater."""
    events: int
    """Events in all logs."""
    exposed: bool
    """Whether other accounts of the machine may read whose answer is whose."""
    exports: tuple[dict[str, Any], ...]
    """Every file of rows to train on that was made of the study."""
    records: dict[str, str]
    """Hash of the last line of what was put down beside the logs, by file."""

    def as_json(self) -> dict[str, Any]:
        """Return what `verdict STUDY --json` prints of it."""
        return asdict(self)

    def section(self) -> Section:
        """Return it as a part of a report."""
        rows = [
            ("study", self.study),
            ("plan, SHA-256", self.plan),
            ("sealed names, SHA-256", self.mapping),
            ("holdout, Merkle root", self.holdout or "none: the answers came from a file"),
            ("locked", self.locked_at),
            ("opened", f"{self.opened_at} by {self.opened_by}" if self.opened_at else "not yet"),
            ("events", f"{self.events:,}"),
            *((f"end of {rater}'s log", head) for rater, head in self.heads.items()),
            *((f"end of {name}", head) for name, head in self.records.items()),
        ]
        return Section(
            title="Where this comes from",
            head=("what", "value"),
            rows=tuple(rows),
            notes=(
                *map(export_line, self.exports),
                "Blind on their honour: who rates under the owner's account can read what is "
                "sealed. Who came through `study keys` or with a `study handout` could not.",
                *((EXPOSED,) if self.exposed else ()),
                f"`tuningfork study verify {self.study}` derives every hash and event again.",
            ),
        )


def export_line(entry: Mapping[str, Any]) -> str:
    """Return one export of a study in words."""
    reason = (
        f"; {entry['touching']} touch the holdout: {entry['reason']}" if entry["reason"] else ""
    )
    return (
        f"{entry['by']} exported {entry['rows']} {entry['as']} to {entry['file']} at "
        f"{entry['at']}{reason}"
    )


def provenance_of(folder: StudyFolder, locked: Locked, logs: Logs) -> Provenance:
    """Return where the figures of a study come from."""
    opened = read_opening(folder)
    return Provenance(
        study=folder.id,
        plan=locked.seal,
        mapping=locked.sheet.commitment,
        holdout=locked.holdout,
        locked_at=locked.locked_at,
        opened_at=opened["at"],
        opened_by=opened["by"],
        heads=dict(sorted(logs.heads.items())),
        events=logs.events,
        exposed=is_exposed(folder),
        exports=logs.records.exports.entries,
        records={one.name: one.end for one in logs.records if one.end},
    )


def is_exposed(folder: StudyFolder) -> bool:
    """Return whether other accounts may read whose answer is whose."""
    try:
        return bool(folder.sealed.stat().st_mode & 0o077)
    except OSError as error:
        raise storage_error(error, folder.sealed, doing="look at the seal") from error
