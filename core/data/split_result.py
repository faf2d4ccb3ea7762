"""What a split made, for a person and for a machine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from core.data.border import Border
from core.data.dataset import DatasetFolder
from core.data.drafting import Draft
from core.data.holdout_lock import HoldoutLock, StratumCount
from core.data.strata import Thin


class Quarantined(NamedTuple):
    """A row that is never trained on."""

    row: int
    """Number in the source."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitResult:
    """What a split made."""

    name: str
    folder: DatasetFolder
    train: int
    validation: int
    holdout: int
    left_out: dict[int, str]
    """Rows of the source that are in no part, with the reason."""
    quarantined: tuple[Quarantined, ...]
    """Rows that match the holdout and were kept out of every part."""
    clusters: int
    large: tuple[int, ...]
    """Sizes of the groups that were too large to set aside and stay in train."""
    astride: int
    """Groups of a split by time with rows on both sides of its border; they stay in train."""
    compared: bool
    """Whether every row was compared with every other."""
    border: Border
    strata: tuple[StratumCount, ...]
    """Rows of each stratum, by part."""
    thin: tuple[Thin, ...]
    """Kinds of rows that are too few."""
    root: str
    """Merkle root of the holdout."""
    version: int
    """Of the lock."""
    canary: str
    """GUID that stands in the lock alone."""

    @property
    def max_cross_similarity(self) -> float | None:
        """Largest similarity between a holdout row and any other; None: not measured."""
        return self.border.similarity

    def as_json(self, where: Callable[[int], str] = "row {}".format) -> dict[str, object]:
        """Return the contract of `split --json`; `where` names a row for a person."""
        return {
            "train": self.train,
            "validation": self.validation,
            "holdout": self.holdout,
            "quarantined": len(self.quarantined),
            "lock": str(self.folder.lock),
            "clusters": self.clusters,
            "max_cross_similarity": self.max_cross_similarity,
            "max_cross_containment": self.border.containment,
            "border": self.border.sentence,
            "name": self.name,
            "folder": str(self.folder.path),
            "root": self.root,
            "version": self.version,
            "canary": self.canary,
            "compared": self.compared,
            "large_clusters": list(self.large),
            "astride": self.astride,
            "left_out": [
                {"row": row, "place": where(row), "reason": why}
                for row, why in self.left_out.items()
            ],
            "quarantine": [
                {"row": one.row, "place": where(one.row), "reason": one.reason}
                for one in self.quarantined
            ],
            "strata": [one._asdict() for one in self.strata],
            "thin": [
                {"name": one.name, "rows": one.rows, "needed": one.needed} for one in self.thin
            ],
        }


def make_result(
    name: str, folder: DatasetFolder, draft: Draft, lock: HoldoutLock, left_out: Mapping[int, str]
) -> SplitResult:
    """Return what became of a draft."""
    parts = draft.parts
    sides = [set(parts.train), set(parts.validation), set(parts.holdout)]
    return SplitResult(
        name=name,
        folder=folder,
        train=len(parts.train),
        validation=len(parts.validation),
        holdout=len(parts.holdout),
        left_out=dict(left_out),
        quarantined=tuple(
            sorted(
                Quarantined(draft.rows[place].number, why)
                for place, why in draft.quarantined.items()
            )
        ),
        clusters=draft.clusters,
        large=tuple(sorted((len(group) for group in parts.large), reverse=True)),
        astride=parts.astride,
        compared=draft.compared,
        border=draft.border,
        strata=tuple(
            StratumCount(one.name, *(len(side.intersection(one.places)) for side in sides))
            for one in draft.kinds.strata
        ),
        thin=tuple(draft.kinds.thin),
        root=lock.root,
        version=lock.version,
        canary=lock.canary,
    )
