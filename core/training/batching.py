"""Plans every update of a run in advance: which rows, in which micro-batches, in which order."""

import hashlib
import random
from collections.abc import Iterable, Sequence
from typing import TypeAlias

Update: TypeAlias = tuple[tuple[int, ...], ...]
"""The micro-batches of one optimiser step, each a group of places in the list of rows."""


def plan_updates(
    lengths: Sequence[int], *, update_rows: int, tokens: int, epochs: int, seed: int
) -> list[Update]:
    """Return all updates of all epochs; each epoch sees every row once.

    Within an update rows are sorted by length, so little is padded; which rows share an update is
    left to the seed, so `tokens` changes speed and memory and never the mathematics.
    """
    updates: list[Update] = []
    for epoch in range(epochs):
        order = list(range(len(lengths)))
        random.Random(_seed(seed, "order", epoch)).shuffle(order)
        for start in range(0, len(order), update_rows):
            updates.append(micro_batches(order[start : start + update_rows], lengths, tokens))
    return updates


def micro_batches(rows: Sequence[int], lengths: Sequence[int], tokens: int) -> Update:
    """Return rows of like length together, each group padded to at most `tokens` or one row."""
    groups: list[list[int]] = []
    for place in sorted(rows, key=lambda place: (-lengths[place], place)):
        if groups and lengths[groups[-1][0]] * (len(groups[-1]) + 1) <= tokens:
            groups[-1].append(place)
        else:
            groups.append([place])
    return tuple(tuple(group) for group in groups)


def plan_digest(sequences: Iterable[Sequence[int]], updates: Sequence[Update]) -> str:
    """Return a hash of all that is trained, in its order."""
    digest = hashlib.blake2b(digest_size=16)
    for sequence in sequences:
        digest.update(f"{list(sequence)}\n".encode())
    digest.update(repr(updates).encode())
    return digest.hexdigest()


def _seed(seed: int, purpose: str, epoch: int) -> int:
    """Return a seed of its own for each purpose and epoch."""
    text = f"{seed}:{purpose}:{epoch}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest())
