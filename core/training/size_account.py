"""The exact lengths of the rows of a split, as a trainer would get them, and what they take."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from heapq import nlargest
from typing import Final, NamedTuple

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


class Long(NamedTuple):
    """One long sequence."""

    part: Part
    row: int
    """Line number in the part's file, or in the file that has no parts."""
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeAccount:
    """What counting the tokens of train and validation has shown."""

    of_file: bool
    """Whether these are all readable rows of a file, not train and validation of a split."""
    base: str
    """The model whose tokenizer counted; not yet safe to show."""
    rows: int
    """Rows that were counted; one may have become several sequences."""
    limit: int
    """Longest sequence that the recipe allows."""
    lengths: Lengths
    """Of the sequences, before any cut."""
    longest: tuple[Long, ...]
    """The longest sequences, longest first; those over the limit are all among them."""
    outlook: Estimate
    """Time and cost of a training on them."""


def size_account(
    workspace: Workspace,
    recipe: Recipe,
    cache: TokenCache,
    machine: Machine,
    *,
    of_file: bool = False,
) -> SizeAccount:
    """Return the account of a recipe's tokens."""
    entries = [entry for entry in cache.entries if _has_tokens(entry)]
    return SizeAccount(
        of_file=of_file,
        base=recipe.model.base,
        rows=len({(entry.part, entry.row) for entry in entries}),
        limit=cache.about.limit,
        lengths=_exact(cache, entries),
        longest=_longest(entries, cache.about.limit),
        outlook=_outlook(workspace, recipe, cache, machine),
    )


def _longest(entries: Sequence[Entry], limit: int) -> tuple[Long, ...]:
    """Return the longest sequences, every one over the limit among them."""
    over = sum(entry.tokens > limit for entry in entries)
    chosen = nlargest(max(_NAMED, over), entries, key=lambda entry: entry.tokens)
    return tuple(Long(entry.part, entry.row, entry.tokens) for entry in chosen)


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
