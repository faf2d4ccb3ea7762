"""The evidence so far of a study whose plan stops on it; of any other nobody may see a result."""

from core.errors import DataError
from core.scoring.rated.comparison import compare, counted
from core.scoring.study.opened import Locked, Logs, Sealed, table_of


def needed_evidence(locked: Locked) -> float:
    """Return the evidence at which such a plan stops; naming who is beaten needs more."""
    plan = locked.plan
    return (len(plan.contenders) - 1 if plan.rule == "holm" else 1) / plan.alpha


def evidence_of(locked: Locked, logs: Logs, sealed: Sealed) -> float | None:
    """Return the weakest evidence that the tuned model is better, where that may be watched."""
    if locked.plan.stopping != "sequential":
        return None
    try:
        terms = locked.plan.terms(available=len(locked.items))
        made = compare(counted(table_of(locked, logs, sealed), terms), terms)
    except DataError:
        return 1.0
    evidence = [one.evidence for one in made if one.evidence is not None]
    if len(evidence) < len(locked.plan.contenders) - 1:
        return 1.0
    picks = locked.plan.primary == "picks"
    return min(one.picks if picks else one.ratings for one in evidence)
