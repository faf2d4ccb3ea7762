"""Lines for `authorized_keys` that let a rater rate and do nothing else."""

import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.errors import UsageError
from core.scoring.study.folder import StudyFolder, check_rater
from core.scoring.study.session import read_sheet
from core.storage import storage_error
from core.text_safety import clip, visible
from core.workspace import Workspace

_KEY = re.compile(
    r"(?:ssh-(?:ed25519|rsa)|ecdsa-sha2-nistp(?:256|384|521)|sk-[a-z0-9@.-]+) [A-Za-z0-9+/]+=*"
)
_ONLY = "restrict,pty"
"""No forwarding, no files, no agent; a terminal, because the screen needs one."""


def key_lines(folder: StudyFolder, keys: Sequence[Path], workspace: Workspace) -> Iterator[str]:
    """Yield one line a public key; a file is named after its rater, as `ada.pub`."""
    sheet, _ = read_sheet(folder)
    if not keys:
        raise UsageError(
            what="No public key was named.",
            why="Each rater comes with a key of their own, in a file named after them.",
            remedy="`tuningfork study keys STUDY ada.pub ben.pub`",
        )
    for path in keys:
        rater = check_rater(path.stem.lower())
        if sheet.raters and rater not in sheet.raters:
            raise UsageError(
                what=f"{rater} is no rater of this study.",
                why=f"It was locked for {', '.join(sheet.raters)}.",
                remedy="Name the file after one of them.",
            )
        yield f'command="{_command(workspace, folder, rater)}",{_ONLY} {_key(path)} {rater}'


def _command(workspace: Workspace, folder: StudyFolder, rater: str) -> str:
    """Return the only command of a rater, quoted for the file and for the shell that runs it."""
    words = [
        sys.executable, "-P", "-m", "tui", "rate", folder.id, "--rater", rater,
        "-w", str(workspace.root),
    ]  # fmt: skip
    return shlex.join(words).replace("\\", "\\\\").replace('"', '\\"')


def _key(path: Path) -> str:
    """Return the key in a file, without options or comments that somebody else wrote."""
    try:
        found = _KEY.search(path.read_text())
    except (OSError, UnicodeDecodeError) as error:
        if isinstance(error, OSError):
            raise storage_error(error, path, doing="read the public key") from error
        found = None
    if found is None:
        raise UsageError(
            what=f"{visible(clip(str(path), 200))} holds no public key.",
            why="It should be one line such as `ssh-ed25519 AAAA... name`.",
            remedy="Ask the rater for their .pub file, never for the private one.",
        )
    return found.group()
