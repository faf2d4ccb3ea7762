"""The parity proof that lies beside an export, and whether it still speaks of these files."""

import json
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from core.release.package import MANIFEST, file_hashes
from core.storage import replace_file
from core.text_safety import clip, visible

PROOF = "proof.json"
_COMMAND = "tuningfork parity"
Files: TypeAlias = dict[str, dict[str, int | str]]
"""Size and hash of files, by their path inside a folder."""
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


def proven_files(folder: Path) -> Files:
    """Return size and hash of every file that is asked for a proof."""
    found = file_hashes(folder)
    found.pop(PROOF, None)
    return found


def write_proof(folder: Path, result: dict[str, Any], files: Files) -> None:
    """Put a result beside the files it is about, as they were when they were loaded."""
    content = result | {"files": files}
    text = json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True)
    replace_file(folder / PROOF, text.encode(), mode=0o644)


def read_proof(folder: Path, *, every_byte: bool = False) -> Proof:
    """Return what the proof says; one of other files counts as none.

    Names and sizes are compared at every look, contents with `every_byte`: that takes as long as
    reading the model does.
    """
    try:
        found = json.loads((folder / PROOF).read_bytes())
        sizes = {str(name): int(one["bytes"]) for name, one in found["files"].items()}
        passed, sentence = bool(found["passed"]), str(found["sentence"])
        there = _sizes(folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Proof("none", f"Not proven: `{_COMMAND}` asks it the holdout that was scored.")
    other = sorted(name for name in sizes.keys() | there if sizes.get(name) != there.get(name))
    if not other and every_byte:
        now = proven_files(folder)
        other = [name for name, one in found["files"].items() if now.get(name) != one]
    if other:
        shown = clip(visible(other[0]), 80)
        sentence = (
            f"Not proven: the proof is of other files, {shown} is not what was asked; "
            f"`{_COMMAND}` makes one."
        )
        return Proof("other files", sentence)
    return Proof("proven" if passed else "differs", clip(visible(sentence), 400))


def _sizes(folder: Path) -> dict[str, int]:
    """Return the size of every file that is asked, by its path inside the folder."""
    beside = {folder / MANIFEST, folder / PROOF}
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in folder.rglob("*")
        if path not in beside and path.is_file()
    }
