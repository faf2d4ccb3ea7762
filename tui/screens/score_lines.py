"""A verdict and its items as lines of text; pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text

from tui.kept_ratings import comparison_figures, contender_figures, is_rated
from tui.verdict_look import Item, Scored
from tui.widgets.page import Hanging, Line
from tui.widgets.safe_text import safe_lines, safe_text

DECISION_INKS = {
    "ship": "good",
    "do_not_ship": "bad",
    "keep_rating": "warn",
    "cannot_say": "warn",
    "hidden": "muted",
}
_METRICS = (("exact_match", "exact"), ("format", "same_format"), ("valid JSON", "valid_json"))
"""Our words and the names in the verdict, in the order of the columns."""
_WIDTH = 22
_LONGEST_NAME = 32


def verdict_lines(scored: Scored) -> Iterator[Line]:
    """Yield the decision, the sentence, and a line a contender."""
    decision = str(scored.result.get("decision", ""))
    words = safe_text(
        decision.replace("_", " ").upper(), limit=30, ink=DECISION_INKS.get(decision, "")
    )
    words.stylize("strong")
    yield Hanging(Text.assemble(words, "  ", safe_text(scored.sentence, limit=800)), 4)
    yield Text("")
    if scored.hidden_by:
        yield Text.assemble(
            ("P", "key"), " shows it all the same; who, when and why will stand in the verdict."
        )
        return
    if is_rated(scored.result):
        yield from _rated_contenders(scored)
        return
    titles = "".join(f"{title:<{_WIDTH}}" for title, _ in _METRICS)
    yield Text(f"{'contender':<12}{titles}".rstrip(), style="muted")
    for name, measures in scored.result.get("contenders", {}).items():
        line = safe_text(str(name), limit=11)
        line.append(" " * max(1, 12 - line.cell_len))
        for _, metric in _METRICS:
            line.append_text(_share(measures.get(metric, {})))
        line.rstrip()
        yield line


def _rated_contenders(scored: Scored) -> Iterator[Line]:
    """Yield a line a contender: what people gave its answers."""
    figures = list(contender_figures(scored.result))
    names = [safe_text(name, limit=_LONGEST_NAME) for name, _, _ in figures]
    wide = max(12, *(name.cell_len + 2 for name in names)) if names else 12
    yield Text(f"{'contender':<{wide}}{'mean score':<{_WIDTH}}production-ready", style="muted")
    for line, (_, mean, ready) in zip(names, figures, strict=True):
        line.append(" " * (wide - line.cell_len))
        line.append(f"{mean:<{_WIDTH}}", style="strong")
        yield line.append(ready)


def _share(measure: Mapping[str, Any]) -> Text:
    """Return a share with its interval, as wide as its column."""
    if not measure:
        return Text("–".ljust(_WIDTH))
    percent = f"{100 * float(measure['share']):.0f} %"
    interval = f"{100 * float(measure['low']):.0f}–{100 * float(measure['high']):.0f}"
    counts = f"{float(measure['hits']):.0f}/{float(measure['n']):.0f}"
    text = Text.assemble((f"{percent:>5}", "strong"), (f" ({interval}) {counts}", "muted"))
    text.append(" " * max(1, _WIDTH - text.cell_len))
    return text


def about_line(scored: Scored, items: tuple[Item, ...]) -> Text:
    """Return whose verdict it is and what lies behind it."""
    whose = safe_text(scored.run or scored.id, limit=60)
    if scored.hidden_by:
        return Text.assemble(whose, " · hidden while people rate", style="muted")
    if is_rated(scored.result):
        by = "simulated raters" if scored.result.get("simulated_raters") else "people"
        return Text.assemble(f"rated by {by} in ", whose, style="muted")
    deciding = sum(item.decides for item in items)
    words = f" · {len(items):,} items, {deciding:,} where the contenders differ come first"
    return Text.assemble(whose, words, style="muted")


def comparison_lines(scored: Scored) -> Iterator[Line]:
    """Yield a line a comparison."""
    for one in scored.result.get("comparisons", ()):
        against = safe_text(str(one.get("against", "")), limit=20)
        if is_rated(scored.result):
            figures = comparison_figures(one)
            yield Hanging(Text.assemble(("tuned against ", "muted"), against, ": ", figures), 4)
            continue
        figures = (
            f"{100 * float(one['mean_difference']):+.0f} points "
            f"({100 * float(one['low']):.0f} to {100 * float(one['high']):.0f}), "
            f"{one['wins']:,} wins, {one['ties']:,} ties, {one['losses']:,} losses, "
            f"p {float(one['p']):.2g}"
        )
        yield Hanging(Text.assemble(("tuned against ", "muted"), against, ": ", figures), 4)
    more = scored.result.get("more_items")
    if more:
        yield Text(f"About {int(more):,} more items would settle it.", style="warn")


def mark(exact: bool, same_format: bool) -> Text:
    """Return how an answer did, in a glyph and a word."""
    if exact:
        return Text("✓ exact", style="good")
    return Text("· format", style="muted") if same_format else Text("▲ other", style="warn")


def prompt_lines(item: Item, *, limit: int) -> Iterator[Line]:
    """Yield the turns before the answer."""
    for role, text in item.prompt:
        head = safe_text(f"{role}  ", limit=20, ink="muted")
        first, *rest = safe_lines(text, limit=limit)
        yield Hanging(head + first, 2)
        yield from (Text("  ") + line for line in rest)


def reply_lines(title: Text, text: str) -> list[Line]:
    """Return one answer under its title."""
    return [title, *safe_lines(text, limit=8000)]
