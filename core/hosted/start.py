"""Turns a spec into a hosted run, and refuses to pay twice for the same training."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from core.data.dataset import dataset_folder
from core.data.holdout_lock import read_lock
from core.errors import JobError, TuningforkError
from core.hosted.kinds import kind_of
from core.hosted.spec import HostedSpec
from core.hosted.submission import read_ledger
from core.jobs.launch import launch
from core.text_safety import visible
from core.workspace import RunFolder, Workspace


class Sent(NamedTuple):
    """A run that sent the same training."""

    folder: RunFolder
    known: bool
    """Whether its job is known; else it may be there or not."""


def start_hosted(
    workspace: Workspace,
    spec: HostedSpec,
    *,
    name: str,
    now: datetime,
    token: str,
    environment: Mapping[str, str],
    handed: int | None = None,
    id: str = "",
) -> RunFolder:
    """Launch the job of a spec and return its folder.

    `handed` is a pipe with the key where it was typed for this run.
    """
    kind_of(spec.provider)
    refuse_same(workspace, spec)
    return launch(
        workspace,
        kind="hosted",
        name=name,
        spec=spec.model_dump(mode="json"),
        device=device_of(spec),
        now=now,
        token=token,
        environment=environment,
        split_hash=read_lock(dataset_folder(workspace, spec.split).lock).root,
        keys=() if spec.key is None else (spec.key,),
        handed=handed,
        id=id,
    )


def device_of(spec: HostedSpec) -> str:
    """Return what a run holds while it works: of the same training there is one at a time."""
    return f"hosted:{spec.provider}-{spec.fingerprint}"


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
    if spec.again:
        return
    for sent in same_training(workspace, spec, but=but):
        run = visible(sent.folder.id)
        raise JobError(
            what=f"The same training was sent before, by {run}.",
            why="Rows, model, method, settings, seed and account are the same, so it would be paid"
            " for twice."
            if sent.known
            else "Nobody knows yet whether the service started it, so it could be paid for twice.",
            remedy=f"`tuningfork watch {run}` shows that run; to pay once more, say why (again)."
            if sent.known
            else f"`tuningfork resume {run}` finds out.",
        )
