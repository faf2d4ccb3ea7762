"""Drafts the plan of a release from a run: a canary beside the cheaper way."""

from core.contenders.few_shot import choose_shots
from core.data.dataset import dataset_folder, read_part, read_salt
from core.data.holdout_lock import read_lock
from core.release.release_plan import Arm, ReleasePlan, Shot
from core.scoring.scored_run import recipe_of
from core.workspace import Workspace

CANARY = 10.0
"""Percent of the users who get the tuned model at first."""


def draft_release(workspace: Workspace, run: str, name: str) -> ReleasePlan:
    """Return a plan: a tenth of the users get the tuned model, a rollback goes to the base.

    The base answers with the workspace's documents, where there are any, else with solved examples.
    """
    return ReleasePlan(
        name=name,
        arm={
            "tuned": Arm(run=run, share=CANARY),
            "base": _base(workspace, run),
        },
        rollback="base",
    )


def _base(workspace: Workspace, run: str) -> Arm:
    """Return the arm that a rollback goes to."""
    share = 100 - CANARY
    if workspace.documents.is_dir():
        return Arm(run=run, tuned=False, share=share, documents=str(workspace.documents))
    data = recipe_of(workspace, run).data
    folder = dataset_folder(workspace, data.split if data else "")
    chosen = choose_shots(
        read_part(folder.train),
        read_lock(folder.lock),
        salt=read_salt(workspace),
        holdout=folder.holdout,
    )
    shots = tuple(Shot(question=one.prompt[-1].text, answer=one.reference) for one in chosen)
    return Arm(run=run, tuned=False, share=share, shots=shots)
