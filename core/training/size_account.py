"""The exact lengths of the rows of a split, as a trainer would get them, and what they take."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from heapq import nlargest
from typing import Final

import numpy as np

from core.data.lengths import Lengths, counted
from core.machine import Machine, expected_device
from core.training.defaults import Facts
from core.training.estimate import Estimate, estimate
from core.training.ledger import Entry, Part
from core.training.recipe import Recipe
from core.training.resolve import resolve, with_tokens
from core.training.speed import measured_speed
from core.training.token_cache import TRAINED, TokenCache
from core.workspace import Workspace

_NAMED: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeAccount:
    """What counting the tokens of train and validation has shown."""

    base: str
    """The model whose tokenizer counted; not yet safe to show."""
    rows: int
    """Rows that were counted; one may have become several sequences."""
    limit: int
    """Longest sequence that the recipe allows."""
    lengths: Lengths
    """Of the sequences, before any cut."""
    longest: tuple[tuple[Part, int, int], ...]
    """Part, row number in its file and tokens of the longest sequences, longest first."""
    outlook: Estimate
    """Time and cost of a training on them."""


def size_account(
    workspace: Workspace, recipe: Recipe, cache: TokenCache, machine: Machine
) -> SizeAccount:
    """Return the account of a recipe's tokens."""
    entries = [entry for entry in cache.entries if _has_tokens(entry)]
    return SizeAccount(
        base=recipe.model.base,
        rows=len({(entry.part, entry.row) for entry in entries}),
        limit=cache.about.limit,
        lengths=_exact(cache, entries),
        longest=tuple(
            (entry.part, entry.row, entry.tokens)
            for entry in nlargest(_NAMED, entries, key=lambda entry: entry.tokens)
        ),
        outlook=_outlook(workspace, recipe, cache, machine),
    )


def _exact(cache: TokenCache, entries: Sequence[Entry]) -> Lengths:
    """Return the tokens of each sequence before any cut, and where they carry loss."""
    tokens = np.array([entry.tokens for entry in entries], dtype=np.int64)
    trained_at = np.zeros(max(tokens, default=0), dtype=np.int64)
    for entry in entries:
        marks = np.frombuffer(cache.marks(entry), dtype=np.uint8)
        trained_at[: entry.tokens] += marks & TRAINED
    return counted(tokens, trained_at)


def _has_tokens(entry: Entry) -> bool:
    """Return whether a sequence has tokens that a training could be given."""
    return entry.problem is None and entry.fate != "dropped" and entry.tokens > 0


def _outlook(workspace: Workspace, recipe: Recipe, cache: TokenCache, machine: Machine) -> Estimate:
    """Return what a training takes as far as counts and earlier runs tell."""
    rows = dict.fromkeys(("train", "validation"), 0)
    for entry in cache.entries:
        rows[entry.part] += entry.fate == "kept"
    device = expected_device(recipe.device, machine.gpus)
    facts = Facts(train_rows=rows["train"], validation_rows=rows["validation"], device=device)
    facts = replace(with_tokens(facts, cache), speed=measured_speed(workspace, recipe, device))
    return estimate(resolve(recipe, facts).recipe, facts)
