"""Says whether an export is still what was written."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import JobError
from core.release.package import MANIFEST
from core.release.proof_file import proven_files, read_proof
from core.text_safety import clip, visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a look at every byte of an export gave."""

    files: int
    """Files that the manifest names."""
    changed: tuple[str, ...]
    """Names of those whose bytes are others; not yet safe to show."""
    missing: tuple[str, ...]
    """Names of those that are gone."""
    added: tuple[str, ...]
    """Files that the manifest does not name."""
    proof: str
    """What the parity proof says, or that there is none; safe to show."""
    proven: bool
    """Whether a proof was passed on exactly these files."""

    @property
    def intact(self) -> bool:
        """Whether every byte is as it was written."""
        return not (self.changed or self.missing or self.added)


def verify(folder: Path) -> Verified:
    """Return how an export lies there; raise where it is none."""
    named = read_manifest(folder).get("files")
    named = named if isinstance(named, dict) else {}
    there = proven_files(folder)
    proof = read_proof(folder, every_byte=True)
    return Verified(
        files=len(named),
        changed=tuple(name for name, of in named.items() if name in there and there[name] != of),
        missing=tuple(name for name in named if name not in there),
        added=tuple(name for name in there if name not in named),
        proof=proof.sentence,
        proven=proof.passed,
    )


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of an export, or say that there is none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        manifest = None
    if not isinstance(manifest, dict):
        raise JobError(
            what=f"{clip(visible(str(folder)), 200)} is no export.",
            why=f"It has no {MANIFEST} that can be read.",
            remedy="Name the folder that `tuningfork export` wrote.",
        )
    return manifest
