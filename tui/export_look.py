"""The exports of a workspace: where they lie, and whether each is the model that was scored."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from core.workspace import Workspace
from tui.widgets.page import Line, field
from tui.widgets.safe_text import safe_text
from tui.wording import inside

if TYPE_CHECKING:
    from core.release.proof_file import Proof, ProofState

_MARKS: "Mapping[ProofState, tuple[str, str]]" = {
    "proven": ("✓ ", "good"),
    "differs": ("✗ ", "bad"),
    "other files": ("▲ ", "warn"),
    "none": ("○ ", "muted"),
}
_SERVED_AT = "http://127.0.0.1:8080/v1"
"""Where the server of a GGUF file answers unless told otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One export that still lies where it was written."""

    run: str
    """Id of the run it is of."""
    target: str
    """What it was made for; not yet safe to show."""
    place: str
    """The path inside the workspace, whole where it lies elsewhere; not yet safe to show."""
    proof: "Proof"
    """What is known of its parity with the scored model."""
    prove: str
    """The command that proves it; not yet safe to show."""


def read_exports(workspace: Workspace) -> tuple[Export, ...]:
    """Return the exports that lie where a job wrote them, newest first."""
    from core.errors import TuningforkError
    from core.jobs.record import read_record
    from core.release.package import MANIFEST, made_by
    from core.release.proof_file import read_proof

    found = []
    for folder in reversed(list(workspace.run_folders())):
        if not (folder.path / MANIFEST).exists():
            continue
        try:
            spec = read_record(folder).spec
        except TuningforkError:
            continue
        path = Path(str(spec.get("destination", "")))
        if made_by(path) == folder.id:
            target = str(spec.get("target", ""))
            found.append(
                Export(
                    run=str(spec.get("run", "")),
                    target=target,
                    place=inside(path, workspace.root),
                    proof=read_proof(path),
                    prove=_command(path, target, workspace.root),
                )
            )
    return tuple(found)


def _command(path: Path, target: str, root: Path) -> str:
    """Return what proves an export; only its own server can answer from a GGUF file."""
    served = ["--base-url", _SERVED_AT] if target == "gguf" else []
    return shlex.join(["tuningfork", "parity", str(path), *served, "-w", str(root)])


def export_lines(exports: Sequence[Export]) -> list[Line]:
    """Return each export with its proof, or with the command that makes one."""
    return [line for export in exports for line in _one(export)]


def _one(export: Export) -> Iterable[Line]:
    run = safe_text(f"{export.target} of {export.run}", limit=100, ink="muted")
    yield Text.assemble(safe_text(export.place, limit=200, ink="strong"), "  ", run)
    mark, ink = _MARKS[export.proof.state]
    yield field("  parity", Text.assemble((mark, ink), safe_text(export.proof.sentence)))
    if not export.proof.passed:
        yield field("  prove", safe_text(export.prove, limit=600, ink="key"))
    yield Text("")
