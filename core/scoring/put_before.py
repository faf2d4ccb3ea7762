"""What a job may put before the rows that somebody asks: nothing that holds an answer to them."""

from collections.abc import Sequence
from pathlib import Path

from core.contenders.few_shot import SHOTS, plain_short
from core.contenders.means import Further
from core.data.dataset import ensure_salt
from core.data.documents import read_documents, refuse_documents
from core.data.holdout_guard import HoldoutGuard, refuse_holdout
from core.data.holdout_lock import read_lock
from core.data.rows import Example
from core.data.sources import read_rows
from core.scoring.measured_rows import lock_over, locked_splits, rows_of, usable_rows
from core.workspace import Workspace

_SPARE = 16
"""Examples looked at for each that is shown, because some are near what is asked."""


def put_before(
    workspace: Workspace,
    asked: Sequence[Example],
    *,
    prompt: str,
    examples: str | None,
    documents: str | None,
) -> Further:
    """Return prompt, solved examples and documents, as far as they are named.

    Examples are a draw of `examples` that never changes. One that touches what is asked is passed
    over, one of a holdout stops the job, and so does a document that holds either.
    """
    salt = ensure_salt(workspace)
    shots: list[Example] = []
    texts = read_documents(Path(documents)) if documents else {}
    lock = lock_over(asked, asked, salt) if examples or texts else None
    if examples and lock:
        pool = plain_short(usable_rows(rows_of(workspace, examples), salt)[0])[: SHOTS * _SPARE]
        touching = {hit.row for hit in HoldoutGuard(lock, salt).hits(pool)}
        shots = [one for one in pool if one.row not in touching][:SHOTS]
    for folder in locked_splits(workspace) if shots or texts else ():
        held = read_lock(folder.lock)
        refuse_holdout(held, shots, salt=salt, use="few-shot examples", holdout=folder.holdout)
        rows = [row.example for row in read_rows(folder.holdout) if row.example]
        refuse_documents(held, rows, texts, salt=salt, use="retrieval")
    if texts and lock:
        refuse_documents(lock, asked, texts, salt=salt, use="retrieval")
    return Further(prompt=prompt, shots=shots, documents=texts)
