"""A training at a service before it starts, in words: who takes it, what leaves, what it costs."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich.text import Text

from core.errors import TuningforkError
from core.sizes import human_bytes
from tui.widgets.page import Hanging, Line, field
from tui.widgets.safe_text import safe_text

if TYPE_CHECKING:
    from core.catalog.hosted_models import HostedModel
    from core.catalog.price_list import Price
    from core.hosted.consignment import Finding
    from core.hosted.offering import Eligibility
    from core.hosted.offers import Offer
    from core.hosted.plan import HostedPlan, Wish

_LABEL = 10
_ANSWERS = {
    "yes": ("✓ ", "good", "may start"),
    "no": ("▲ ", "bad", "closed"),
    "unknown": ("? ", "warn", "not known"),
}
_ANSWERED = ", or --recent-use, answers."
_CANCEL = {"Together": "steps that are finished are paid."}
_CANCEL_UNKNOWN = "what was trained until then may have to be paid."


def eligibility_lines(found: "Eligibility") -> list[Line]:
    """Return whether the service takes the job, why, and until when."""
    return [_answer(found), *_reasons(found, "")]


def _answer(found: "Eligibility") -> Line:
    """Return whether the service takes the job, in one line."""
    glyph, ink, word = _ANSWERS[found.answer]
    until = f", last job {found.deadline}" if found.deadline else ""
    return _said("takes it", Text.assemble((glyph, ink), f"{word}{until}"))


def _reasons(found: "Eligibility", label: str, *, ask: bool = True) -> Iterator[Line]:
    """Yield why, what becomes of the model, and what could be asked to know more."""
    for number, one in enumerate(found.reasons):
        yield _said("" if number else label, safe_text(one))
    if found.asked and ask:
        yield _said("", Text.assemble((found.asked, "accent"), " ", ("u", "key"), _ANSWERED))


def plan_lines(
    plan: "HostedPlan", today: date, *, uncounted: TuningforkError | None = None
) -> Iterator[Line]:
    """Yield everything that is to be known before a yes; `uncounted` is why nobody counted."""
    yield _answer(plan.eligibility)
    if plan.spec.model_ends:
        left = (plan.spec.model_ends - today).days
        words = f"What is trained stops on {plan.spec.model_ends}, in {left} days."
        yield _said("lives", Text(words, style="warn"))
    yield from _what_leaves(plan)
    yield from _cost(plan, today, uncounted)
    yield from key_lines(plan)
    for number, seen in enumerate(plan.account.seen if plan.account else ()):
        yield _said("" if number else "account", safe_text(seen))
    yield from finding_lines(plan.findings)
    if plan.earlier:
        words = f"The run {plan.earlier} is the same training; it would be paid for again."
        yield _said("again", Text.assemble(("▲ ", "bad"), words))
    yield from _reasons(plan.eligibility, "why", ask=plan.keyless is None)


def _what_leaves(plan: "HostedPlan") -> Iterator[Line]:
    """Yield where to, the files that leave, how long they stay there, and what does not leave."""
    spec = plan.spec
    pays = " / ".join(one for one in (spec.organization, spec.project) if one)
    there = " (this very machine)" if spec.stays_here else ""
    paid = safe_text(pays, limit=80) if pays else Text("the key's own account")
    origin = safe_text(spec.origin, limit=120, ink="strong")
    yield _said("sends to", Text.assemble(origin, f"{there}, paid by ", paid))
    if spec.bucket:
        bucket = safe_text(spec.bucket, limit=120, ink="strong")
        yield _said("", Text.assemble("the rows themselves into ", bucket, ", a bucket of yours"))
    yield _said("trains", safe_text(f"{spec.model}, {spec.method}", limit=160))
    parts = [f"{len(one.examples):,} {one.name} rows" for one in plan.leaving.files]
    size = human_bytes(plan.leaving.size)
    yield _said("leaves", Text(f"{' and '.join(parts)}, {size}; nothing else"))
    kept = "The files stay there until they are deleted." if plan.spec.keep_files else ""
    never = "The holdout stays here: every row was compared with it."
    yield _said("", Text(f"{never} {kept}", style="muted"))


def _cost(plan: "HostedPlan", today: date, uncounted: TuningforkError | None) -> Iterator[Line]:
    """Yield the price with its source and day, what a day of use costs, what a stop would."""
    from core.hosted.prices import cost_words, per_day

    known = plan.estimate.low is not None
    words = cost_words(plan.estimate, today)
    yield _said("cost", safe_text(words, ink="strong" if known else "warn"))
    for one in count_lines(plan):
        yield _said("", one)
    if uncounted is not None:
        said = f"{uncounted.what} {uncounted.remedy}"
        yield _said("", Text.assemble(("▲ ", "warn"), safe_text(said)))
    if each := per_day(plan.estimate, plan.spec.model_ends, today):
        yield _said("", Text(each))
    stop = _CANCEL.get(plan.kind.label, _CANCEL_UNKNOWN)
    yield _said("a stop", Text(f"asks the service to cancel: {stop}", style="muted"))


def asks_of_use(plan: "HostedPlan") -> bool:
    """Return whether it matters that a tuned model was used lately; a missing key comes first."""
    asked = bool(plan.eligibility.asked) or plan.wish.recent_use is not None
    return asked and plan.keyless is None


def can_ask(plan: "HostedPlan") -> bool:
    """Return whether the service would tell something of the account, and was not asked yet."""
    from core.hosted.account_look import can_look

    return can_look(plan)


def can_count(plan: "HostedPlan") -> bool:
    """Return whether the tokens of a plan can still be counted here."""
    return plan.counter is not None and plan.counter.installed and plan.counts is None


def count_lines(plan: "HostedPlan") -> Iterator[Text]:
    """Yield how many tokens are billed, by whom they were counted, or why they are a range."""
    low, high = plan.tokens
    counts, total = plan.counts, plan.estimate.tokens
    if counts is not None and not counts.uncounted:
        words = f"{low:,} tokens in one pass, counted with {counts.by}"
        said = f"; {total:,} in all" if total is not None and total != low else ""
        yield Text(f"{words}{said}.", style="good")
    else:
        yield Text(f"about {low:,} to {high:,} tokens in one pass, from the bytes.", style="muted")
    if counts is not None and counts.uncounted:
        rows = f"{counts.uncounted:,} rows hold tools, pictures or other things"
        yield Text(f"{rows} that no published rule counts.", style="warn")
    elif counts is None and plan.counter is None:
        yield Text("Nobody is known who counts as this service does.", style="muted")
    elif counts is None and plan.counter is not None and not plan.counter.installed:
        yield _install(plan.counter.library)
    if plan.billing.rule:
        yield Text(f"Billed: train tokens of every epoch, {plan.billing.rule}.", style="muted")


def _install(library: str) -> Text:
    """Return how to get what counts exactly."""
    from core.extras import install_command

    extra: Literal["counts", "local"] = "counts" if library == "tiktoken" else "local"
    return Text.assemble(
        (f"{library} counts exactly, and is not installed: ", "muted"),
        safe_text(install_command(extra), ink="key"),
    )


def key_lines(plan: "HostedPlan") -> Iterator[Line]:
    """Yield which key would be used, or why there is none and what to do."""
    if plan.key is not None:
        yield _said("key", safe_text(plan.key.words, limit=160))
    elif plan.keyless is not None:
        yield _said("key", Text.assemble(("▲ ", "warn"), safe_text(plan.keyless.what)))
        yield _said("", safe_text(plan.keyless.remedy, ink="muted"))
    else:
        yield _said("key", Text(plan.kind.sign_in or "none is needed"))


def finding_lines(findings: "tuple[Finding, ...]") -> Iterator[Line]:
    """Yield what was found in the rows."""
    if not findings:
        yield _said("rows", Text.assemble(("✓ ", "good"), "nothing against sending them"))
    for number, one in enumerate(findings):
        glyph, ink = ("▲ ", "bad") if one.severity == "blocker" else ("· ", "muted")
        head = Text.assemble((glyph, ink), safe_text(one.message, limit=400))
        yield _said("rows" if number == 0 else "", head)
        if one.remedy:
            yield _said("", safe_text(one.remedy, ink="muted"))


def _said(label: str, words: Text) -> Hanging:
    """Return a line of facts after the name of what they are about."""
    return field(label, words, width=_LABEL)


def consequence(plan: "HostedPlan", today: date) -> Text:
    """Return the question before rows leave, in one paragraph."""
    from core.hosted.prices import cost_words

    rows = sum(len(one.examples) for one in plan.leaving.files)
    return Text.assemble(
        f"Sends {rows:,} rows ({human_bytes(plan.leaving.size)}) to ",
        safe_text(plan.spec.origin, limit=100, ink="strong"),
        " and trains ",
        safe_text(plan.spec.model, limit=80),
        " there. Cost: ",
        safe_text(cost_words(plan.estimate, today), limit=160),
        ".",
    )


def prices_known(offer: "Offer", own: Path, today: date) -> str:
    """Return what training a million tokens costs, from the cheapest known price to the dearest."""
    from core.hosted.prices import money

    found = [_price(offer, model, own, today) for model in offer.models]
    known = sorted((one for one in found if one is not None), key=lambda one: one.amount)
    if not known:
        return "not known"
    ends = [money(one.amount, one.currency) for one in (known[0], known[-1])]
    return " to ".join(dict.fromkeys(ends))


def price_of(offer: "Offer", model: "HostedModel", own: Path, today: date) -> str:
    """Return what training a million tokens of a model costs, "" where nobody knows."""
    from core.hosted.prices import money

    price = _price(offer, model, own, today)
    return "" if price is None else money(price.amount, price.currency)


def _price(offer: "Offer", model: "HostedModel", own: Path, today: date) -> "Price | None":
    from core.hosted.prices import training_price

    return training_price(offer.service.name, model.id, model, own=own, today=today)


def command_of(wish: "Wish") -> list[str]:
    """Return the words that do the same from the command line."""
    words = ["tuningfork", "tune", wish.split, "--provider", wish.provider, "--model", wish.model]
    if wish.method != "supervised":
        words += ["--method", wish.method]
    words += ["--epochs", "auto" if wish.epochs is None else str(wish.epochs)]
    for name in (
        "base_url",
        "key",
        "organization",
        "project",
        "region",
        "bucket",
        "suffix",
        "tokenizer",
    ):
        if value := getattr(wish, name):
            words += [f"--{name.replace('_', '-')}", value]
    for name, setting in wish.hyperparameters.items():
        words += ["--set", f"{name}={setting}"]
    for kind in wish.allow:
        words += ["--allow", kind]
    if wish.recent_use is not None:
        words += ["--recent-use", "yes" if wish.recent_use else "no"]
    return words + (["--again", wish.again] if wish.again else [])


def plan_json(plan: "HostedPlan", today: date) -> dict[str, object]:
    """Return the stable form that `--json` prints; fields are added, never renamed."""
    from core.hosted.prices import cost_words

    cost = plan.estimate
    return {
        "spec": plan.spec.model_dump(mode="json"),
        "takes_it": plan.eligibility.answer,
        "reasons": list(plan.eligibility.reasons),
        "deadline": plan.eligibility.deadline.isoformat() if plan.eligibility.deadline else None,
        "asked": plan.eligibility.asked,
        "account": list(plan.account.seen) if plan.account else None,
        "sends_to": plan.spec.origin,
        "bytes": plan.leaving.size,
        "tokens_low": plan.tokens.low,
        "tokens_high": plan.tokens.high,
        "tokens_counted_by": plan.counts.by if plan.tokens.counted and plan.counts else None,
        "tokens_billed": cost.tokens,
        "cost_low": None if cost.low is None else str(cost.low),
        "cost_high": None if cost.high is None else str(cost.high),
        "currency": cost.currency if cost.low is not None else None,
        "cost": cost_words(cost, today),
        "key": plan.key.words if plan.key else None,
        "keeps": plan.keeps,
        "findings": [
            {
                "severity": one.severity,
                "message": one.message,
                "part": one.part,
                "row": one.row,
                "remedy": one.remedy,
            }
            for one in plan.findings
        ],
        "blockers": list(plan.blockers),
        "earlier": plan.earlier,
    }
