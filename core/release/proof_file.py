"""The parity proof that lies beside an export, and whether it still speaks of these files."""

import hashlib
import json
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from core.release.package import MANIFEST
from core.storage import replace_file
from core.text_safety import clip, visible

PROOF = "proof.json"
_COMMAND = "tuningfork parity"
ProofState: TypeAlias = Literal["proven", "differs", "other files", "none"]


class Proof(NamedTuple):
    """What is known of an export's parity."""

    state: ProofState
    """Whether these very files were asked, and answered as the scored model."""
    sentence: str
    """Safe to show."""

    @property
    def passed(self) -> bool:
        """Whether a proof was passed on exactly these files."""
        return self.state == "proven"


def write_proof(folder: Path, result: dict[str, Any]) -> None:
    """Put a result beside the files it is about."""
    content = result | {"manifest_sha256": _manifest_sha256(folder)}
    text = json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True)
    replace_file(folder / PROOF, text.encode(), mode=0o644)


def read_proof(folder: Path) -> Proof:
    """Return what the proof says; one of other files counts as none."""
    try:
        found = json.loads((folder / PROOF).read_bytes())
        of = found["manifest_sha256"]
        passed, sentence = bool(found["passed"]), str(found["sentence"])
    except (OSError, ValueError, KeyError, TypeError):
        return Proof("none", f"Not proven: `{_COMMAND}` asks it the holdout that was scored.")
    if of != _manifest_sha256(folder):
        sentence = f"Not proven: the proof is of other files; `{_COMMAND}` makes one."
        return Proof("other files", sentence)
    return Proof("proven" if passed else "differs", clip(visible(sentence), 400))


def _manifest_sha256(folder: Path) -> str:
    try:
        return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    except OSError:
        return ""
