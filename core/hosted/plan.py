"""All that is to be known before rows leave the machine, and the start once somebody said yes."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from core.catalog.hosted_models import HostedModel, hosted_model
from core.catalog.price_list import Price
from core.catalog.rules_of_providers import rules_of
from core.catalog.tuning_offers import Service, services
from core.errors import RecipeError, TuningforkError, UsageError
from core.extras import install_command, missing_for
from core.hosted.billing import NO_ROWS, Billing, Rows, Tokens, billing_of, epochs_of
from core.hosted.consignment import Estimate, Finding
from core.hosted.counting import Counter, Counts, counter_of, counts_of
from core.hosted.eligible import Account, judge
from core.hosted.keys import Key, ask_keyring, find_key, hand_over, refuse_keys
from core.hosted.kinds import Kind, kind_of, line_writer
from core.hosted.lengths import tokens_of
from core.hosted.offering import Eligibility, Facts
from core.hosted.part_files import Leaving, prepare_parts
from core.hosted.prices import AUTO_EPOCHS, estimate, training_price
from core.hosted.row_checks import check_parts
from core.hosted.same import same_training
from core.hosted.spec import HostedSpec, Method, PartName, PriceSeen
from core.jobs.launch import launch
from core.spec_file import build
from core.workspace import RunFolder, Workspace

EPOCHS = 3
"""Sent unless somebody says otherwise, so that the price is an amount and no range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants trained, and where."""

    provider: str
    """Name of the service, as in `core.hosted.kinds`."""
    model: str
    """What the service calls the base model."""
    split: str
    """Name of the split in the workspace."""
    method: Method = "supervised"
    """How it is trained."""
    epochs: int | None = EPOCHS
    """Passes over the rows; None leaves them to the service."""
    base_url: str = ""
    """Where requests go; empty for the service's own address."""
    key: str | None = None
    """Environment variable of the key; None for the service's usual one."""
    organization: str | None = None
    """Which organisation or account pays; None for the key's own."""
    project: str | None = None
    """Which project; None for the key's own."""
    region: str | None = None
    """Where it is trained, for services that ask."""
    bucket: str | None = None
    """Where files are put, for services that take them from storage of one's own."""
    suffix: str = ""
    """Added to the name of the tuned model."""
    hyperparameters: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    """Further settings by the service's own names."""
    tokenizer: str = ""
    """Folder, or name on the Hub, of the tokenizer that counts; empty for the one that is known."""
    allow: tuple[str, ...] = ()
    """Kinds of personal data that may leave, by name."""
    recent_use: bool | None = None
    """Whether a tuned model was used there within 60 days; None if not asked."""
    again: str = ""
    """Why the same training is paid for once more; empty unless somebody said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedPlan:
    """A training that nobody started yet."""

    wish: Wish
    kind: Kind
    spec: HostedSpec
    """What the job would be told."""
    leaving: Leaving
    """The files that would leave."""
    eligibility: Eligibility
    """Whether the service will take it."""
    estimate: Estimate
    """What it would cost."""
    tokens: Tokens
    """Of one pass over the train rows."""
    billing: Billing
    """Which tokens the service multiplies with its price."""
    counter: Counter | None
    """Who counts the tokens as the service does; None where nobody is known."""
    counts: Counts | None
    """What it counted; None before it did."""
    findings: tuple[Finding, ...]
    """What was found in the rows, blockers first."""
    key: Key | None
    """The key it would be started with; None where none was found or none is needed."""
    keyless: TuningforkError | None
    """Why there is no key, though the service needs one."""
    account: Account | None
    """What the service has told of the key; None where nobody asked it."""
    keeps: str
    """What becomes of the tuned model afterwards."""
    earlier: str
    """Id of a run that trained, or trains, just this; empty for none."""

    @property
    def blockers(self) -> tuple[str, ...]:
        """Return why it would not be started, in sentences."""
        found = [one.message for one in self.findings if one.severity == "blocker"]
        if self.eligibility.answer == "no":
            found.insert(0, self.eligibility.reasons[0])
        if self.earlier and not self.spec.again:
            found.append(
                f"The run {self.earlier} sent the same training, which would be paid for twice."
            )
        return tuple(found)


def make_plan(
    workspace: Workspace,
    wish: Wish,
    *,
    today: date,
    environment: Mapping[str, str],
    leaving: Leaving | None = None,
    account: Account | None = None,
) -> HostedPlan:
    """Return what a training at a service would be; nothing leaves, and nobody is asked.

    `leaving` are the files of a plan that was just made for the same split, service and method;
    `account` is what the service has told of the key.
    """
    kind = kind_of(wish.provider)
    variable = wish.key if wish.key is not None else kind.key
    refuse_keys(wish.hyperparameters, where="settings", variable=variable or "KEY")
    model = hosted_model(kind.label, wish.model)
    if model is not None and account is not None and account.ends is not None:
        model = model.model_copy(update={"ends": account.ends})
    leaving = leaving or prepare_parts(
        workspace, wish.split, line=line_writer(kind.name), method=wish.method
    )
    counter = counter_of(kind, wish.model, model, method=wish.method, named=wish.tokenizer)
    counts = counts_of(workspace, counter, leaving) if counter else None
    rows = _rows(leaving, counts)
    settings = _settings(wish, kind)
    context = model.context if model else None
    billing = billing_of(kind.name, rows["train"], rows["validation"], settings, context=context)
    price = training_price(kind.label, wish.model, model, own=workspace.prices, today=today)
    epochs = epochs_of(settings, kind.epochs, otherwise=AUTO_EPOCHS)
    cost = estimate(billing, epochs, price)
    spec = _spec(wish, kind, model, leaving, cost, price, variable)
    key, keyless = _key(kind, variable, environment)
    service = _service(kind)
    used = wish.recent_use if account is None else account.used_lately
    used = wish.recent_use if used is None else used
    facts = Facts(today=today, model=wish.model, recent_inference=used)
    rules = rules_of(kind.rules) if kind.rules else None
    return HostedPlan(
        wish=wish,
        kind=kind,
        spec=spec,
        leaving=leaving,
        eligibility=judge(service, facts, account or Account(), model)
        if service
        else Eligibility(answer="unknown", reasons=("Nothing is known of this service.",)),
        estimate=cost,
        tokens=rows["train"].tokens,
        billing=billing,
        counter=counter,
        counts=counts,
        findings=(
            *_missing_client(kind),
            *check_parts(leaving.files, rules, model, allow=wish.allow),
        ),
        key=key,
        keyless=keyless,
        account=account,
        keeps=service.keeps if service else "",
        earlier=_earlier(workspace, spec),
    )


def start_hosted(
    workspace: Workspace,
    plan: HostedPlan,
    *,
    now: datetime,
    token: str,
    environment: Mapping[str, str],
    typed: Key | None = None,
) -> RunFolder:
    """Start the job that was confirmed; `typed` is a key that somebody typed for this run."""
    refuse_blocked(plan)
    key = typed or plan.key
    if key is None and plan.keyless is not None:
        raise plan.keyless
    in_environment = key is not None and key.source == "environment"
    pipe = hand_over(key) if key is not None and not in_environment else None
    try:
        return launch(
            workspace,
            kind="hosted",
            name=plan.spec.suffix or plan.wish.split,
            spec=plan.spec.model_dump(mode="json"),
            device=f"hosted:{plan.spec.fingerprint}",
            now=now,
            token=token,
            environment=environment,
            split_hash=plan.leaving.root,
            keys=_variables(plan.kind, key if in_environment else None),
            handed=pipe,
        )
    finally:
        if pipe is not None:
            os.close(pipe)


def refuse_blocked(plan: HostedPlan) -> None:
    """Raise what keeps a plan from being started; nothing was sent."""
    found = plan.blockers
    if not found:
        return
    more = f" And {len(found) - 1} more." if len(found) > 1 else ""
    remedies = [one.remedy for one in plan.findings if one.severity == "blocker" and one.remedy]
    if plan.eligibility.answer == "no":
        remedy = "Train here instead, or choose another service; the split stays as it is."
    elif remedies:
        remedy = remedies[0]
    else:
        remedy = f"`tuningfork status {plan.earlier}` shows it; --again REASON pays once more."
    raise RecipeError(
        what=f"Not started: {found[0]}",
        why=f"Nothing was sent.{more}",
        remedy=remedy,
    )


def _spec(
    wish: Wish,
    kind: Kind,
    model: HostedModel | None,
    leaving: Leaving,
    cost: Estimate,
    price: Price | None,
    variable: str | None,
) -> HostedSpec:
    """Return what the job would be told."""
    _refuse_unnamed(kind, wish)
    base_url = wish.base_url or kind.base_url.format(region=wish.region)
    if not base_url:
        raise UsageError(
            what=f"The service {kind.name} has no address of its own.",
            why="Nobody can say where the rows would go.",
            remedy="Name it: --base-url https://HOST/v1",
        )
    seen = PriceSeen(
        tokens=cost.tokens,
        epochs=cost.epochs[0] if cost.epochs[0] == cost.epochs[1] else None,
        low=cost.low,
        high=cost.high,
        per_million=price.amount if price is not None and price.up_to is None else None,
        currency=cost.currency,
        basis=cost.basis,
        source=cost.source[:300],
        as_of=cost.as_of,
    )
    values = {
        "provider": kind.name,
        "base_url": base_url,
        "organization": wish.organization,
        "project": wish.project,
        "region": wish.region,
        "bucket": wish.bucket,
        "key": variable,
        "model": wish.model,
        "method": wish.method,
        "hyperparameters": _settings(wish, kind),
        "split": wish.split,
        "suffix": wish.suffix,
        "parts": {name: seen.model_dump() for name, seen in leaving.seen.items()},
        "price": seen.model_dump(),
        "model_ends": model.ends if model else None,
        "again": wish.again,
    }
    return build(HostedSpec, values, where="the plan", error=RecipeError)


def _settings(wish: Wish, kind: Kind) -> dict[str, str | int | float | bool]:
    """Return the settings by the service's own names, the epochs among them."""
    epochs = {} if wish.epochs is None else {kind.epochs: wish.epochs}
    return {**epochs, **wish.hyperparameters}


def _rows(leaving: Leaving, counts: Counts | None) -> dict[PartName, Rows]:
    """Return the tokens of each part: counted, or a range from the bytes; no part has no rows."""
    found: dict[PartName, Rows] = {"train": NO_ROWS, "validation": NO_ROWS}
    for one in leaving.files:
        if counts is not None and not counts.uncounted:
            total = counts.tokens[one.name][0]
            tokens = Tokens(total, total)
        else:
            tokens = tokens_of(one.examples)
        found[one.name] = Rows(len(one.examples), tokens)
    return found


def _refuse_unnamed(kind: Kind, wish: Wish) -> None:
    """Raise where the service has to be told more before anything can be sent."""
    for name in kind.needs:
        if not getattr(wish, name):
            raise RecipeError(
                what=f"{kind.label} needs the {name} to be named.",
                why="It decides who pays, or where the rows go, so nothing is assumed.",
                remedy=f"Name it: the field {name}, or --{name} {name.upper()}.",
            )


def _missing_client(kind: Kind) -> Iterator[Finding]:
    """Yield a blocker where the service's client is not installed."""
    missing = missing_for(kind.extra) if kind.extra else ()
    if kind.extra and missing:
        yield Finding(
            severity="blocker",
            message=f"The client of {kind.label} is not installed: {', '.join(missing)}.",
            remedy=f"`{install_command(kind.extra)}` adds it.",
        )


def _variables(kind: Kind, key: Key | None) -> tuple[str, ...]:
    """Return the names of the variables that the worker gets though they look like secrets."""
    return (*kind.environment, *(() if key is None else (key.variable,)))


def _key(
    kind: Kind, variable: str | None, environment: Mapping[str, str]
) -> tuple[Key | None, TuningforkError | None]:
    """Return the key, or why there is none; neither where none is needed."""
    if variable is None:
        return None, None
    try:
        key = find_key(variable, service=kind.label, environment=environment, keyring=ask_keyring)
    except TuningforkError as missing:
        return None, missing
    return key, None


def _service(kind: Kind) -> Service | None:
    """Return what the catalog says of a service."""
    return next((one for one in services() if one.name == kind.label), None)


def _earlier(workspace: Workspace, spec: HostedSpec) -> str:
    """Return the newest run that sent the same training."""
    sent = next(same_training(workspace, spec), None)
    return sent.folder.id if sent else ""
