"""Plans every update of a run in advance: which rows, in which micro-batches, in which order."""

import hashlib
import random
from collections.abc import Iterable, Sequence
from typing import TypeAlias

Update: TypeAlias = tuple[tuple[int, ...], ...]
"""The micro-batches of one optimiser step, each a group of places in the list of rows."""

_CALL_TOKENS = 48
"""What one more micro-batch costs, in tokens; a constant, so that a plan is the same everywhere."""


def plan_updates(
    lengths: Sequence[int],
    *,
    update_rows: int,
    tokens: int,
    epochs: int,
    seed: int,
    packed: bool = False,
) -> list[Update]:
    """Return all updates of all epochs; each epoch sees every row once.

    Which rows share an update is left to the seed; only inside it are rows of like length put
    together, so `tokens` and `packed` change speed and memory and never the mathematics.
    """
    group = pack if packed else micro_batches
    updates: list[Update] = []
    for epoch in range(epochs):
        order = list(range(len(lengths)))
        random.Random(_seed(seed, "order", epoch)).shuffle(order)
        for start in range(0, len(order), update_rows):
            updates.append(group(order[start : start + update_rows], lengths, tokens))
    return updates


def micro_batches(rows: Sequence[int], lengths: Sequence[int], tokens: int) -> Update:
    """Return the cheapest grouping, each group padded to at most `tokens` or a single row.

    Rows in falling length are cut where the padding saved is worth more than another call.
    """
    order = sorted(rows, key=lambda place: (-lengths[place], place))
    cheapest = [0.0] + [float("inf")] * len(order)
    cut_before = [0] * (len(order) + 1)
    for end in range(1, len(order) + 1):
        for start in range(end - 1, -1, -1):
            padded = lengths[order[start]] * (end - start)
            if padded > tokens and end - start > 1:
                break
            cost = cheapest[start] + padded + _CALL_TOKENS
            if cost < cheapest[end]:
                cheapest[end], cut_before[end] = cost, start
    groups: list[tuple[int, ...]] = []
    end = len(order)
    while end:
        groups.append(tuple(order[cut_before[end] : end]))
        end = cut_before[end]
    return tuple(reversed(groups))


def pack(rows: Sequence[int], lengths: Sequence[int], tokens: int) -> Update:
    """Return groups to be laid end to end: the longest first, each into the first that has room."""
    bins: list[list[int]] = []
    room: list[int] = []
    for place in sorted(rows, key=lambda place: (-lengths[place], place)):
        at = next((n for n, free in enumerate(room) if lengths[place] <= free), None)
        if at is None:
            bins.append([place])
            room.append(tokens - lengths[place])
        else:
            bins[at].append(place)
            room[at] -= lengths[place]
    return tuple(tuple(one) for one in bins)


def fit(group: Sequence[int], lengths: Sequence[int], budget: int | None) -> Update:
    """Return a planned group as it fits a budget that was lowered after the plan was made."""
    if budget is None:
        return (tuple(group),)
    return micro_batches(group, lengths, budget)


def padded_tokens(updates: Iterable[Update], lengths: Sequence[int]) -> int:
    """Return the places computed in all, padding included."""
    return sum(
        max(lengths[place] for place in group) * len(group)
        for update in updates
        for group in update
    )


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
