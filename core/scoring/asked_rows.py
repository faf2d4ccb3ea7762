"""The rows of a file that contenders are asked, and the guard that keeps the holdout unseen."""

from pathlib import Path
from typing import NamedTuple

from core.contenders.embedding import EmbeddingSpec
from core.contenders.means import Further
from core.data.dataset import ensure_salt
from core.data.holdout_guard import HoldoutGuard, refuse_hits
from core.data.holdout_lock import read_lock
from core.data.keys import row_keys
from core.data.rows import Example
from core.data.sources import read_rows
from core.data.staging.opening import open_source
from core.errors import DataError, UsageError
from core.scoring.invited import Invited
from core.scoring.measured_rows import locked_splits
from core.scoring.put_before import put_before
from core.spec_file import Spec
from core.text_safety import clip, visible
from core.workspace import Workspace


class AnswerSpec(Spec):
    """What an answering job is told."""

    source: str
    """Absolute path of the file of rows, or another place that rows are read from."""
    invited: Invited
    """Who answers."""
    output: str
    """Absolute path of the JSONL that the answers go into."""
    prompt: str = ""
    """The person's own system prompt, for contenders that are given it."""
    examples: str | None = None
    """A split, or an absolute path, whose rows few-shot contenders are shown."""
    documents: str | None = None
    """Absolute path of a file or folder that retrieval looks things up in."""
    embedding: EmbeddingSpec | None = None
    """What retrieval finds passages with beside their words; None leaves it at words."""
    scoring: bool = False
    """Whether rows of a holdout are answered, because their answers are only scored."""


class AskedRows(NamedTuple):
    """What is asked."""

    items: list[Example]
    """Each row that asks something, once."""
    names: list[str]
    """What the items are called: their row keys."""
    passed_over: int
    """Rows that cannot be read, ask nothing, or stand there before."""


def asked_rows(workspace: Workspace, source: str, *, scoring: bool) -> AskedRows:
    """Return the rows of a file, or refuse those of a holdout unless they are for scoring.

    Whoever reads answers to the holdout, and then mends a prompt, has fitted the prompt to it.
    """
    salt = ensure_salt(workspace)
    found: dict[str, Example] = {}
    passed_over = 0
    for row in read_rows(open_source(source, cache=workspace.source_cache).jsonl):
        example = row.example
        if example is None or not any(turn.text.strip() for turn in example.prompt):
            passed_over += 1
            continue
        name = row_keys(example, salt).row.hex()
        passed_over += name in found
        found.setdefault(name, example)
    if not found:
        raise DataError(
            what=f"{visible(clip(Path(source).name, 80))} asks nothing.",
            why=f"Of its rows, {passed_over:,} cannot be read or have no prompt.",
            remedy="`tuningfork inspect` on the file says what is wrong with each.",
        )
    if not scoring:
        _refuse_holdouts(workspace, list(found.values()), salt)
    return AskedRows(list(found.values()), list(found), passed_over)


def _refuse_holdouts(workspace: Workspace, rows: list[Example], salt: bytes) -> None:
    """Stop hard when a row touches a holdout of the workspace."""
    for folder in locked_splits(workspace):
        guard = HoldoutGuard(read_lock(folder.lock), salt, holdout=folder.holdout)
        refuse_hits(
            guard.hits(rows),
            len(rows),
            use="answering",
            why_not="The holdout is answered for scoring only: add --scoring if its answers go into"
            " a study or a verdict and into nothing else.",
        )


def further_of(workspace: Workspace, spec: AnswerSpec, rows: AskedRows) -> Further:
    """Return what may be put before the rows, or refuse what would give an answer away."""
    kinds = spec.invited.kinds
    return put_before(
        workspace,
        rows.items,
        prompt=spec.prompt if "improved_prompt" in kinds else "",
        examples=spec.examples if "few_shot" in kinds else None,
        documents=spec.documents if "retrieval" in kinds else None,
    )


def check_means(spec: AnswerSpec) -> None:
    """Refuse a contender that lacks what it would put before a question."""
    lacks = {
        "improved_prompt": "" if spec.prompt.strip() else "Nobody wrote improved_prompt.txt.",
        "few_shot": "" if spec.examples else "No split or file has examples to show: --examples.",
        "retrieval": "" if spec.documents else "There is no folder documents/ to look into.",
    }
    for one in spec.invited.asked:
        if why := lacks.get(one.kind):
            raise UsageError(
                what=f"{one.name} cannot answer.",
                why=why,
                remedy="Add that, or leave this contender out.",
            )
