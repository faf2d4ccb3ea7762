"""What watching costs: how often a watched study of picks ends in a win, and after how many."""

from typing import NamedTuple

from core.scoring.statistics.sequential import evidence_of_picks


class Stopping(NamedTuple):
    """How watched picks end, computed exactly."""

    power: float
    """Chance that the evidence reaches its threshold for the true side before the cap."""
    wrong: float
    """Chance that it does for the other side."""
    mean_items: float
    """Items rated on average; the cap where nothing is reached."""


def watched_picks(
    win_share: float, *, cap: int, ties: float = 0.0, alpha: float = 0.05
) -> Stopping:
    """Return how a study ends that stops as soon as the evidence of its picks is enough."""
    threshold = 1 / alpha
    win, loss = win_share * (1 - ties), (1 - win_share) * (1 - ties)
    open_states = {(0, 0): 1.0}
    power = wrong = items = 0.0
    for _ in range(cap):
        items += sum(open_states.values())
        grown: dict[tuple[int, int], float] = {}
        for (wins, losses), chance in open_states.items():
            for state, step in (
                ((wins + 1, losses), win),
                ((wins, losses + 1), loss),
                ((wins, losses), ties),
            ):
                if step:
                    grown[state] = grown.get(state, 0.0) + chance * step
        reached = {one for one in grown if evidence_of_picks(*one) >= threshold}
        power += sum(grown[one] for one in reached if one[0] > one[1])
        wrong += sum(grown[one] for one in reached if one[0] < one[1])
        open_states = {one: chance for one, chance in grown.items() if one not in reached}
    return Stopping(power, wrong, items)
