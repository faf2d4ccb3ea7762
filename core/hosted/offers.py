"""Who would take a job today: every service that is known, with its days and its models."""

from dataclasses import dataclass
from datetime import date

from core.catalog.hosted_models import HostedModel, models_of
from core.catalog.tuning_offers import Service, services
from core.hosted.eligible import Account, judge
from core.hosted.kinds import KINDS, Kind
from core.hosted.offering import Eligibility, Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A service and what can be said of it before anything is asked."""

    service: Service
    kind: Kind | None
    """How this program reaches it; None where it cannot."""
    eligibility: Eligibility
    """Whether it takes a job today."""
    models: tuple[HostedModel, ...]
    """Base models that still answer."""

    def as_json(self) -> dict[str, object]:
        """Return the stable form that `--json` prints; fields are added, never renamed."""
        return {
            "service": self.service.name,
            "provider": self.kind.name if self.kind else None,
            "takes_it": self.eligibility.answer,
            "reasons": list(self.eligibility.reasons),
            "models": [
                {"id": one.id, "ends": one.ends.isoformat() if one.ends else None}
                for one in self.models
            ],
        }


def offers(today: date, *, recent_use: bool | None = None) -> tuple[Offer, ...]:
    """Return every service, those that take a job before those that do not."""
    facts = Facts(today=today, recent_inference=recent_use)
    found = [
        Offer(
            service=service,
            kind=next((kind for kind in KINDS.values() if kind.label == service.name), None),
            eligibility=judge(service, facts, Account()),
            models=tuple(one for one in models_of(service.name) if not one.ended(today)),
        )
        for service in services()
    ]
    order = {"yes": 0, "unknown": 1, "no": 2}
    return tuple(sorted(found, key=lambda one: order[one.eligibility.answer]))
