"""How a release does: what each arm was asked, how it answered, and who was harmed."""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from statistics import median
from typing import NamedTuple

from core.catalog.price_list import PriceList, Unit, price_list
from core.contenders.endpoint import read_endpoints
from core.database import explain
from core.errors import TuningforkError
from core.release.harm import evidence_of_misdealing, harm_of
from core.release.release_plan import ReleasePlan, ReviewPolicy
from core.release.releases import ReleaseFolder, read_plan, release_folders
from core.release.review.overview import ArmReviews, ReviewsDue, read_arm_reviews, read_due
from core.release.standing import Standing, evidence_from, read_standing
from core.release.start_release import serving
from core.workspace import Workspace

WINDOW_SECONDS = 86_400
"""What the figures are of: the last day."""
_MOST = 10_000
"""Requests that are counted at most, the newest; a screen looks every other second."""
_LATE = 0.95
_MISDEALT = 20.0
_MILLION = 1_000_000
_UNREVIEWED = ReviewPolicy()
_NOTHING_DUE = ReviewsDue()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmTraffic:
    """One arm in the last day."""

    name: str
    share: float
    """Percent of the users that are dealt to it."""
    asked: int = 0
    """Requests that were dealt to it."""
    users: int = 0
    """Users they came from, as far as they said."""
    failed: int = 0
    """Of the requests, those it did not answer, whoever stood in."""
    typical_ms: float | None = None
    """Half of its answers took no longer; None without any."""
    late_ms: float | None = None
    """19 of 20 took no longer."""
    tokens_in: int = 0
    tokens_out: int = 0
    cost: str = ""
    """What they cost, as an amount and a currency; "" where nobody wrote a price down."""
    up: int = 0
    """Thumbs up."""
    down: int = 0
    """Thumbs down."""
    reviews: ArmReviews | None = None
    """What reviewers, who do not know the arm, found of its answers; None where nobody looked."""
    harm: float | None = None
    """Evidence that it harms more users than the rollback target; None where nothing compares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """One release as it is now."""

    name: str
    url: str
    """Where it answers; "" while nobody serves it."""
    job: str
    """Id of the gateway's job; "" while there is none."""
    standing: Standing
    rollback: str
    """The arm that a rollback goes to."""
    guarded: float | None
    """Evidence at which it goes back by itself; None where only a person rolls back."""
    comparable: bool
    """Whether the rollback target has users of its own to compare with."""
    arms: tuple[ArmTraffic, ...]
    counted: int
    """Requests behind the figures."""
    misdealt: bool
    """Whether users do not come to the arms by their shares, so that nothing compares."""
    trouble: str = ""
    """Why it cannot be shown; "" where it can."""
    review: ReviewPolicy = _UNREVIEWED
    """Which answers people review."""
    due: ReviewsDue = _NOTHING_DUE
    """What waits for reviewers."""


class _Row(NamedTuple):
    dealt: str
    arm: str
    user: str
    outcome: str
    harmed: int
    total_ms: float
    tokens_in: int | None
    tokens_out: int | None


def read_traffic(workspace: Workspace, now: datetime) -> tuple[Traffic, ...]:
    """Return every release of a workspace, those that are served first."""
    found = [_read(workspace, folder, now) for folder in release_folders(workspace)]
    return tuple(sorted(found, key=lambda one: (not one.url, one.name)))


def _read(workspace: Workspace, folder: ReleaseFolder, now: datetime) -> Traffic:
    try:
        plan, standing = read_plan(folder.plan), read_standing(folder.standing)
        rows, said, harmed = _figures(folder, standing, now)
        due = read_due(folder.log, now.timestamp())
        reviews = read_arm_reviews(folder.log, now.timestamp() - WINDOW_SECONDS)
    except TuningforkError as error:
        return Traffic(
            name=folder.name,
            url="",
            job="",
            standing=Standing(),
            rollback="",
            guarded=None,
            comparable=False,
            arms=(),
            counted=0,
            misdealt=False,
            trouble=error.what,
        )
    live = serving(workspace, folder)
    harm = harm_of(plan, harmed)
    prices = _Prices(workspace, now)
    users = {
        name: len({row.user for row in rows if row.dealt == name and row.user}) for name in plan.arm
    }
    return Traffic(
        name=plan.name,
        url=live.url if live else "",
        job=live.job if live else "",
        standing=standing,
        rollback=plan.rollback,
        guarded=plan.guardrail.evidence if plan.guardrail.on else None,
        comparable=bool(harm),
        arms=tuple(
            replace(
                _arm(name, plan, rows, said, users[name], harm.get(name), prices),
                reviews=reviews.get(name),
            )
            for name in plan.arm
        ),
        review=plan.review,
        due=due,
        counted=len(rows),
        misdealt=not standing.at and evidence_of_misdealing(plan, users) >= _MISDEALT,
    )


def _arm(
    name: str,
    plan: ReleasePlan,
    rows: list[_Row],
    said: Mapping[tuple[str, int], int],
    users: int,
    harm: float | None,
    prices: "_Prices",
) -> ArmTraffic:
    dealt = [row for row in rows if row.dealt == name]
    times = sorted(row.total_ms for row in rows if row.arm == name and row.outcome == "answered")
    into = sum(row.tokens_in or 0 for row in rows if row.arm == name)
    out = sum(row.tokens_out or 0 for row in rows if row.arm == name)
    return ArmTraffic(
        name=name,
        share=plan.arm[name].share,
        asked=len(dealt),
        users=users,
        failed=sum(row.arm != name and row.outcome != "left" for row in dealt),
        typical_ms=median(times) if times else None,
        late_ms=times[min(len(times) - 1, int(_LATE * len(times)))] if times else None,
        tokens_in=into,
        tokens_out=out,
        cost=prices.cost(plan.arm[name].endpoint, into, out),
        up=said.get((name, 1), 0),
        down=said.get((name, -1), 0),
        harm=harm,
    )


class _Prices:
    """What tokens of an endpoint cost by the price files."""

    def __init__(self, workspace: Workspace, now: datetime) -> None:
        self._workspace = workspace
        self._today = now.date()
        self._list: PriceList | None = None

    def cost(self, endpoint: str, into: int, out: int) -> str:
        """Return an amount with its currency, "" where no single price is known."""
        if not endpoint or not into + out:
            return ""
        try:
            item = read_endpoints(self._workspace)[endpoint].price
            if item is None:
                return ""
            self._list = self._list or price_list(self._workspace.prices)
        except (TuningforkError, KeyError):
            return ""
        units: tuple[Unit, Unit] = ("input_tokens_per_million", "output_tokens_per_million")
        found = [
            [one for one in self._list.of(unit, today=self._today) if one.item == item]
            for unit in units
        ]
        if any(len(one) != 1 for one in found):
            return ""
        (price_in,), (price_out,) = found
        amount = (price_in.amount * into + price_out.amount * out) / Decimal(_MILLION)
        return f"{amount:.2f} {price_out.currency}"


def _figures(
    folder: ReleaseFolder, standing: Standing, now: datetime
) -> tuple[list[_Row], dict[tuple[str, int], int], dict[str, int]]:
    """Return the newest requests, thumbs by arm, and harmed users by arm."""
    if not folder.log.exists():
        return [], {}, {}
    since = now.timestamp() - WINDOW_SECONDS
    try:
        database = sqlite3.connect(f"{folder.log.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
    except sqlite3.Error as error:
        raise explain(error, folder.log) from error
    try:
        return (
            list(_rows(database, since)),
            {
                (arm, rating): count
                for arm, rating, count in database.execute(
                    "SELECT e.arm, f.rating, COUNT(*) FROM feedback f JOIN entry e ON e.id = "
                    "f.entry WHERE f.at >= ? AND f.rating IS NOT NULL GROUP BY 1, 2",
                    (since,),
                )
            },
            dict(
                database.execute(
                    "SELECT dealt, COUNT(DISTINCT CASE user WHEN '' THEN id ELSE user END) "
                    "FROM entry WHERE harmed AND at >= ? GROUP BY dealt",
                    (evidence_from(standing),),
                )
            ),
        )
    except sqlite3.Error as error:
        raise explain(error, folder.log) from error
    finally:
        database.close()


def _rows(database: sqlite3.Connection, since: float) -> Iterator[_Row]:
    rows = database.execute(
        "SELECT dealt, arm, user, outcome, harmed, total_ms, tokens_in, tokens_out FROM entry "
        "WHERE at >= ? ORDER BY at DESC LIMIT ?",
        (since, _MOST),
    )
    return map(_Row._make, rows)
