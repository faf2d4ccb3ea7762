"""Puts beside exported weights what their target needs."""

import re
import shutil
from pathlib import Path

from core.release.dressing import gguf, hub, ollama, vllm
from core.release.dressing.artefact import Artefact, Dressing
from core.release.equality import Equality
from core.release.spec import ExportSpec, Trained
from core.release.story import read_story
from core.storage import replace_file
from core.workspace import Workspace


def served_name(recipe: str) -> str:
    """Return what a model is called by those who ask it."""
    return re.sub(r"[^a-z0-9]+", "-", recipe.lower()).strip("-")[:60] or "tuned"


def dress(
    workspace: Workspace,
    spec: ExportSpec,
    trained: Trained,
    artefact: Artefact,
    folder: Path,
    equality: Equality,
) -> Dressing:
    """Write the files of the target into the folder and return what they are."""
    if spec.target == "ollama":
        added = ollama.dress(artefact)
    elif spec.target == "gguf":
        added = _gguf(spec, artefact, folder, equality.precision)
    elif spec.target == "hub":
        added = hub.dress(artefact, read_story(workspace, trained))
    else:
        added = vllm.dress(artefact)
    for name, content in added.files.items():
        replace_file(folder / name, content.encode(), mode=0o644)
    return added


def _gguf(spec: ExportSpec, artefact: Artefact, folder: Path, precision: str) -> Dressing:
    """Put one GGUF file in the place of the weights it was made from."""
    weights = folder.with_name(f"{folder.name}.weights")
    try:
        shutil.rmtree(weights, ignore_errors=True)
        folder.rename(weights)
        folder.mkdir()
        gguf.convert(Path(spec.converter), weights, folder, precision=precision)
    finally:
        shutil.rmtree(weights, ignore_errors=True)
    return gguf.dress(artefact)
