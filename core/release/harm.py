"""Evidence that an arm harms more users than the one it would be rolled back to.

Users are dealt by chance, so a user who is harmed whatever arm answers belongs to the new arm with
the probability of its share. Each harmed user is one toss of that coin, and counts once however
often it complained: sticky users make answers of one arm alike, never users. The wager against the
coin may be looked at after every toss; it reaches 20 by mistake in one release of twenty at most.
"""

from collections.abc import Mapping
from math import exp, fsum, lgamma, log

from core.release.release_plan import ReleasePlan

_ODDS = (1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 8.0, 13.0)
"""What the wager bets: so many times the odds of a harmless arm, a part of the capital on each."""
_LARGEST = 700.0
"""exp of more overflows."""


def evidence_of_harm(
    harmed: int, harmed_before: int, *, share: float, share_before: float, bearable: float = 1.0
) -> float:
    """Return E of "this arm harms at most `bearable` times as many users as the other"."""
    odds = bearable * share / share_before
    coin = odds / (1 + odds)
    logs = []
    for times in _ODDS:
        bet = times * odds / (1 + times * odds)
        gain = harmed * log(bet / coin) + harmed_before * log((1 - bet) / (1 - coin))
        logs.append(min(gain, _LARGEST))
    return fsum(map(exp, logs)) / len(logs)


def harm_of(plan: ReleasePlan, harmed: Mapping[str, int]) -> dict[str, float]:
    """Return the evidence against every arm that can be compared with the rollback target.

    With several arms each has its part of the errors that are borne in all. Without a share of
    its own the target has no users to compare with, and nothing is returned.
    """
    before = plan.arm[plan.rollback]
    compared = [name for name, arm in plan.arm.items() if arm.hundredths and name != plan.rollback]
    if not before.hundredths:
        return {}
    return {
        name: evidence_of_harm(
            harmed.get(name, 0),
            harmed.get(plan.rollback, 0),
            share=plan.arm[name].share,
            share_before=before.share,
            bearable=plan.guardrail.bearable,
        )
        / len(compared)
        for name in compared
    }


def evidence_of_misdealing(plan: ReleasePlan, users: Mapping[str, int]) -> float:
    """Return E of "users come to the arms by their shares"; a broken deal spoils every comparison.

    The wager spreads over all other shares, most of it near the planned ones.
    """
    planned = {name: arm.share / 100 for name, arm in plan.arm.items() if arm.hundredths}
    if any(count for name, count in users.items() if name not in planned):
        return exp(_LARGEST)
    weight = 100.0
    total = sum(users.values())
    gain = lgamma(weight) - lgamma(weight + total)
    for name, share in planned.items():
        count = users.get(name, 0)
        gain += lgamma(weight * share + count) - lgamma(weight * share) - count * log(share)
    return exp(min(gain, _LARGEST))
