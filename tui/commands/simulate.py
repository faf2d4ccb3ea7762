"""`tuningfork simulate`: what a plan for a study can find, by synthetic raters."""

import json
import sys
from argparse import Namespace

from core.errors import UsageError
from core.scoring.simulation.raters import Raters
from core.scoring.simulation.studies import FOUND, Outcomes, Plan, count_outcomes

_GAINS = (0.3, 0.5, 0.7, 1.0)
_NONE = 0.0
_SIZES = (20, 30, 50, 100)


def run(arguments: Namespace) -> int:
    """Print how often the plan says ship, by number of items and true gain."""
    sizes = sorted(set(arguments.items or _SIZES))
    _check(arguments, sizes)
    plans = [
        Plan(
            items=size,
            raters=arguments.raters,
            alternatives=arguments.alternatives,
            alpha=arguments.alpha,
            worthwhile=arguments.worthwhile,
            stopping="sequential" if arguments.sequential else "fixed",
            behave=Raters(noise=arguments.noise),
        )
        for size in sizes
    ]
    found = [_simulate(plan, arguments) for plan in plans]
    if arguments.json:
        print(json.dumps(_as_json(plans, found, arguments), ensure_ascii=False))
    else:
        _print_table(plans, found, arguments)
    return 0


def _check(arguments: Namespace, sizes: list[int]) -> None:
    """Refuse numbers that are no plan."""
    wrong = {
        "--noise": not 0 <= arguments.noise <= 100,
        "--alpha": not 0 < arguments.alpha < 0.5,
        "--worthwhile": not 0 < arguments.worthwhile <= 4,
        "--items": sizes[-1] > 10_000,
    }
    for name, is_wrong in wrong.items():
        if is_wrong:
            raise UsageError(
                what=f"The value of {name} is no part of a plan.",
                why="alpha lies between 0 and 0.5, a worthwhile gain between 0 and 4 points, "
                "noise between 0 and 100, and items are at most 10,000.",
                remedy="Leave it out to see a usual plan.",
            )


def _simulate(plan: Plan, arguments: Namespace) -> dict[float, Outcomes]:
    """Return what happens at each true gain, and say on standard error how far it is."""
    found = {}
    for gain in (_NONE, *_GAINS):
        print(f"simulating {plan.items} items, true gain {gain:g}", file=sys.stderr, flush=True)
        found[gain] = count_outcomes(
            plan, gain=gain, studies=arguments.studies, seed=arguments.seed
        )
    return found


def _print_table(
    plans: list[Plan], found: list[dict[float, Outcomes]], arguments: Namespace
) -> None:
    alternatives = _counted(arguments.alternatives, "alternative")
    print(
        f"Share of {arguments.studies:,} simulated studies that say ship: "
        f"{_counted(arguments.raters, 'rater')}, {alternatives}."
    )
    gains = "".join(f"{f'+{gain:g}':>7}" for gain in _GAINS)
    print(f"{'items':>6}{'hours each':>12}{gains}{'no gain':>22}")
    for plan, outcomes in zip(plans, found, strict=True):
        shares = "".join(f"{100 * outcomes[gain].ships:>5.0f} %" for gain in _GAINS)
        none = outcomes[_NONE]
        low, high = (100 * edge for edge in none.interval)
        false = f"{100 * none.ships:.1f} % ({low:.1f}-{high:.1f})"
        print(f"{plan.items:>6}{plan.hours_each():>12.1f}{shares}{false:>22}")
    for plan, outcomes in zip(plans, found, strict=True):
        print(f"{plan.items} items: {_finds(outcomes)}")
        if plan.stopping == "sequential":
            ends = ", ".join(f"+{gain:g}: {outcomes[gain].mean_items:.0f}" for gain in _GAINS)
            print(f"  items rated until settled: {ends}")
    blocked = max(_blocked(outcomes) for outcomes in found)
    if blocked >= 0.01:
        print(
            f"Raters with this much noise would often get no verdict (up to {100 * blocked:.0f} %"
            ' of the studies): "fix the guideline first". The table assumes they agree.'
        )


def _finds(outcomes: dict[float, Outcomes]) -> str:
    """Return which gains the plan finds, in words."""
    found = [gain for gain in _GAINS if outcomes[gain].ships >= FOUND]
    missed = [gain for gain in _GAINS if outcomes[gain].ships < FOUND]
    if not found:
        return f"finds none of these gains in {100 * FOUND:.0f} % of the studies"
    return f"finds +{found[0]:g}" + (f", not +{missed[-1]:g}" if missed else "")


def _blocked(outcomes: dict[float, Outcomes]) -> float:
    """Return the largest share of studies whose scores said something that no gate let pass."""
    return max(one.decisions.get("cannot_say", 0) / one.studies for one in outcomes.values())


def _as_json(
    plans: list[Plan], found: list[dict[float, Outcomes]], arguments: Namespace
) -> dict[str, object]:
    return {
        "studies": arguments.studies,
        "seed": arguments.seed,
        "raters": arguments.raters,
        "alternatives": arguments.alternatives,
        "plans": [
            {
                "items": plan.items,
                "hours_each": plan.hours_each(),
                "gains": [
                    {
                        "gain": gain,
                        "ships": one.ships,
                        "low": one.interval.low,
                        "high": one.interval.high,
                        "on_scores": one.on_scores,
                        "decisions": one.decisions,
                        "mean_items": one.mean_items,
                    }
                    for gain, one in outcomes.items()
                ],
            }
            for plan, outcomes in zip(plans, found, strict=True)
        ],
    }


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
