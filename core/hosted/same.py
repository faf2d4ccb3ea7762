"""Refuses to pay twice for the same training, going by what earlier runs sent."""

from collections.abc import Iterator
from typing import NamedTuple

from core.errors import JobError, TuningforkError
from core.hosted.spec import HostedSpec
from core.hosted.submission import read_ledger
from core.text_safety import visible
from core.workspace import RunFolder, Workspace


class Sent(NamedTuple):
    """A run that sent the same training."""

    folder: RunFolder
    known: bool
    """Whether its job is known; else it may be there or not."""


def same_training(workspace: Workspace, spec: HostedSpec, *, but: str = "") -> Iterator[Sent]:
    """Yield the runs that sent the same training, newest first; `but` is the id of one left out."""
    for folder in reversed(list(workspace.run_folders())):
        if folder.id == but:
            continue
        try:
            ledger = read_ledger(folder.path)
        except TuningforkError:
            continue
        if ledger is None or ledger.fingerprint != spec.fingerprint:
            continue
        if ledger.step in {"created", "creating", "ambiguous"}:
            yield Sent(folder, known=ledger.step == "created")


def refuse_same(workspace: Workspace, spec: HostedSpec, *, but: str = "") -> None:
    """Stop where the same training was sent before, unless somebody said why it is sent again."""
    sent = None if spec.again else next(same_training(workspace, spec, but=but), None)
    if sent is None:
        return
    run = visible(sent.folder.id)
    if sent.known:
        raise JobError(
            what=f"The same training was sent before, by {run}.",
            why="Rows, model, method, settings, seed and account are the same, so it would be paid"
            " for twice.",
            remedy=f"`tuningfork watch {run}` shows that run; --again REASON pays once more.",
        )
    raise JobError(
        what=f"The same training was sent before, by {run}.",
        why="Nobody knows yet whether the service started it, so it could be paid for twice.",
        remedy=f"`tuningfork resume {run}` finds out.",
    )
