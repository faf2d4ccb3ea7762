"""The plan of a run: every row once an epoch, little padding, the same for the same seed."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from core.training.batching import micro_batches, plan_updates


@given(
    lengths=st.lists(st.integers(1, 300), min_size=1, max_size=60),
    update_rows=st.integers(1, 20),
    tokens=st.integers(8, 600),
    epochs=st.integers(1, 3),
)
def test_each_epoch_trains_every_row_once(
    lengths: list[int], update_rows: int, tokens: int, epochs: int
) -> None:
    plan = plan_updates(lengths, update_rows=update_rows, tokens=tokens, epochs=epochs, seed=1)
    per_epoch = len(plan) // epochs
    assert len(plan) == per_epoch * epochs
    for start in range(0, len(plan), per_epoch):
        seen = Counter(
            place
            for update in plan[start : start + per_epoch]
            for group in update
            for place in group
        )
        assert seen == Counter(range(len(lengths)))
    for update in plan:
        assert sum(map(len, update)) <= update_rows
        for group in update:
            assert len(group) == 1 or max(lengths[p] for p in group) * len(group) <= tokens


def test_the_token_limit_moves_rows_between_groups_and_never_between_updates() -> None:
    lengths = [n % 17 + 1 for n in range(40)]
    small, large = (
        plan_updates(lengths, update_rows=8, tokens=tokens, epochs=2, seed=3)
        for tokens in (8, 4096)
    )
    rows = [[sorted(p for g in update for p in g) for update in plan] for plan in (small, large)]
    assert rows[0] == rows[1]


def test_epochs_differ_and_seeds_repeat() -> None:
    def plan(seed: int) -> list[object]:
        return list(plan_updates([5] * 32, update_rows=8, tokens=99, epochs=2, seed=seed))

    assert plan(1) == plan(1)
    assert plan(1) != plan(2)
    assert plan(1)[:4] != plan(1)[4:]


def test_rows_of_like_length_share_a_group() -> None:
    assert micro_batches([0, 1, 2, 3], [10, 2, 9, 2], 20) == ((0, 2), (1, 3))
