"""Asks before anything leaves this machine: how many prompts, and where to."""

import os
import sys
from collections.abc import Sequence

from core.contenders.embedding import EmbeddingSpec, read_embedding
from core.errors import UsageError
from core.workspace import Workspace


def ask_to_leave(lines: Sequence[str], *, yes: bool) -> None:
    """Say what would leave and ask; return only if it may. Without a terminal, --yes must say so.

    The words go to standard error, so that `--json` stays one object.
    """
    if not lines:
        return
    for line in lines:
        print(line, file=sys.stderr)
    if yes:
        return
    if not (sys.stdin is not None and sys.stdin.isatty()):
        raise UsageError(
            what=f"Nobody agreed that this leaves the machine: {'; '.join(lines)}.",
            why="Without a terminal nobody can be asked, and nothing was sent.",
            remedy="Add --yes if that may be.",
        )
    print("Send them? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise UsageError(
            what="Nothing was sent.",
            why="You did not agree.",
            remedy="Leave the endpoint out, or name one on this machine.",
        )


def embedding_of(workspace: Workspace) -> EmbeddingSpec | None:
    """Return what documents and questions are embedded with; None where nothing is looked up."""
    return read_embedding(workspace, os.environ) if workspace.documents.is_dir() else None
