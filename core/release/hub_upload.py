"""Sends an exported folder to the Hugging Face Hub, only when asked; runs inside a worker."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from core.errors import JobError, MachineError, UsageError
from core.redaction import Redactor
from core.release.spec import ExportSpec
from core.text_safety import clip, visible

TOKEN = "HF_TOKEN"
_LIBRARY = "huggingface_hub"


def check_upload(spec: ExportSpec, environment: Mapping[str, str]) -> None:
    """Refuse an upload that cannot work, before hours are spent on the weights."""
    if spec.target != "hub":
        raise UsageError(
            what=f"--upload does not go with --to {spec.target}.",
            why="Only the folder made for the Hub has the card that belongs there.",
            remedy="Say --to hub.",
        )
    if not environment.get(TOKEN, "").strip():
        raise MachineError(
            what="The key of the Hugging Face Hub is not there.",
            why=f"Uploading needs the environment variable {TOKEN}, which is not set.",
            remedy=f"Set it for this shell: read -rs {TOKEN} && export {TOKEN}",
        )


def upload(folder: Path, spec: ExportSpec, environment: Mapping[str, str]) -> str:
    """Send the folder as one commit and return the commit's address; safe to show."""
    token = environment.get(TOKEN, "").strip()
    redact = Redactor([token])
    try:
        library: Any = import_module(_LIBRARY)
        api = library.HfApi(token=token, endpoint=environment.get("HF_ENDPOINT"))
        api.create_repo(spec.upload, private=not spec.public, exist_ok=True, repo_type="model")
        made = api.upload_folder(
            repo_id=spec.upload,
            folder_path=str(folder),
            commit_message=f"Export of {spec.run}",
        )
    except Exception as error:  # the library has no one class for what a server can answer
        said = clip(visible(redact(clip(str(error), 2000))), 300)
        raise JobError(
            what=f"The folder was written, but not sent to {spec.upload}.",
            why=f"{type(error).__name__}: {said}",
            remedy=f"Look at the key and the name, then: hf upload {spec.upload} "
            f"{visible(str(folder))}",
        ) from None
    return clip(visible(redact(str(made.commit_url))), 300)
