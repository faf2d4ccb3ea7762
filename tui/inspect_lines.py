"""A dataset in words: ready or not, its rows and parts, its tokens, what to collect next."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from core.sizes import human_bytes
from tui.data_look import DataLook
from tui.widgets.page import Hanging, Line, field
from tui.widgets.safe_text import safe_text
from tui.wording import sign, span

if TYPE_CHECKING:
    from core.data.checking import Finding
    from core.data.glimpse import Glimpse
    from core.data.profile import Profile
    from core.training.size_account import SizeAccount

ROWS_NAMED = 40
_ROLES = 40
_SAID = 300
_LABEL = 13
_THIN_NAMED = 3
_HITS = 0.9
"""The score whose interval is shown as an example."""


def verdict_lines(
    look: DataLook, account: "SizeAccount | None", counting: Text, *, room: int | None = None
) -> Iterator[Line]:
    """Yield how good the data is, how it is split, and what was not looked at.

    `counting` says how far counting the tokens is, or why nobody can. `room` is how many cells
    a line has where each has to say all it can without going on below; None wraps.
    """
    name = safe_text(look.name, limit=60, ink="strong")
    profile = look.profile
    if look.glimpse is not None and look.glimpsed:
        yield from _glimpse_lines(look.glimpse, name)
        return
    if profile is None:
        yield Text.assemble(name, "  ", safe_text(look.place), " is not there any more.")
        yield Text("")
        return
    yield Text.assemble(*_verdict(profile), "  ", name)
    yield Text(_rows(look, profile))
    if look.changed:
        yield Text(
            "▲ The file changed since it was split; the split stands as it was.", style="warn"
        )
    if look.seen is not None and look.seen.shape is None and look.seen.columns:
        yield Text.assemble(
            ("▲ No known shape of row: ", "warn"), ("m", "key"), " gives its columns roles."
        )
    yield _split_line(look, folded=room is not None)
    tokens = _tokens(look, profile, account, counting, folded=room is not None)
    yield field("Tokens", tokens, width=_LABEL)
    if account is not None:
        yield field("Training", _training(account), width=_LABEL)
    read = "every row" if profile.read == 1 else f"{profile.read:.0%} so far"
    missed = tuple(_missed(profile, account))
    yield field("Scanned", _scanned(read, missed, room), width=_LABEL)
    if look.split is not None and (advice := _advice(look)):
        yield field("Collect", safe_text(advice, limit=300), width=_LABEL)


def _glimpse_lines(glimpse: "Glimpse", name: Text) -> Iterator[Line]:
    """Yield the first rows as they lie, one a line."""
    yield Text.assemble(("▸ READING  ", "accent"), name)
    size = human_bytes(glimpse.bytes)
    yield Text(f"{size}; its first rows, while every row is checked:", style="muted")
    yield Text("")
    for row in glimpse.rows:
        if row.example is None:
            said = row.raw.decode("utf-8", "replace")
            roles = Text()
        else:
            said = row.example.reference
            turns = " ".join(message.role[:4] for message in row.example.messages)
            roles = safe_text(turns, limit=_ROLES, ink="muted")
        number = Text(f"{row.number:>6,}  ")
        yield Text.assemble(number, roles, "  " if roles else "", safe_text(said, limit=_SAID))


def _scanned(read: str, missed: Sequence[str], room: int | None) -> Text:
    """Return what was read and what nobody looked at; what has no room is counted."""
    said = f" · Not scanned: {', '.join(missed)}"
    if room is None or _LABEL + len(read) + len(said) <= room:
        return Text.assemble(read, (said, "muted"))
    named: list[str] = []
    left = room - _LABEL - len(f"{read} · Not scanned: and 99 more: i")
    for one in missed:
        if len(one) + 2 <= left:
            left -= len(one) + 2
            named.append(one)
    more = f" and {len(missed) - len(named)} more: "
    return Text.assemble(read, (f" · Not scanned: {', '.join(named)}{more}", "muted"), ("i", "key"))


def _missed(profile: "Profile", account: "SizeAccount | None") -> Iterator[str]:
    """Yield what was not looked at; tokens of a split are never counted in its holdout."""
    for one in profile.not_scanned:
        if account is None or one != "exact token counts":
            yield one
        elif not account.of_file:
            yield f"{one} of the holdout"


def _verdict(profile: "Profile") -> Iterator[tuple[str, str] | str]:
    """Yield the answer: how many findings of each harm there are, or that there is none."""
    if profile.read < 1:
        yield f"▸ READING {profile.read:.0%}  ", "accent"
    between = ""
    for severity, words in (("blocker", "BLOCKER"), ("high", "HIGH"), ("review", "REVIEW")):
        count = sum(one.severity == severity for one in profile.findings)
        if count:
            glyph, ink = sign("blocked" if severity == "blocker" else "review")
            many = "S" if severity == "blocker" and count > 1 else ""
            yield between
            yield f"{'' if between else f'{glyph} '}{count} {words}{many}", ink
            between = " / "
    if not between and profile.read == 1:
        glyph, ink = sign("ready")
        yield f"{glyph} READY", ink


def _rows(look: DataLook, profile: "Profile") -> str:
    """Return how many rows there are, how many can be used, and how many differ."""
    usable = f"{profile.valid_rows:,} usable"
    if profile.rows:
        usable += f" ({profile.valid_rows / profile.rows:.1%})"
    said = [f"{profile.rows:,} rows", usable]
    if look.overview is not None and look.overview.rows:
        said.append(f"{look.overview.unique / look.overview.rows:.1%} unique")
    said.append(profile.format)
    if profile.read == 1:
        said.append(human_bytes(profile.bytes_total))
    return ", ".join(said)


def _split_line(look: DataLook, *, folded: bool) -> Line:
    """Return the parts and the lock."""
    if look.split is None:
        source = safe_text(look.place, ink="key")
        command = Text.assemble(("tuningfork split ", "key"), source)
        none = "none, no holdout yet: " if folded else "none, and no holdout is locked: "
        return field("Split", Text.assemble(none, command), width=_LABEL)
    parts = [f"{part} {look.split.get(part, 0):,}" for part in ("train", "validation", "holdout")]
    root = safe_text(str(look.split.get("root", "")), limit=9, ink="muted")
    line = Text.assemble(", ".join(parts), "  ", ("✓ holdout locked ", "good"), root)
    return field("Split", line, width=_LABEL)


def _tokens(
    look: DataLook,
    profile: "Profile",
    account: "SizeAccount | None",
    counting: Text,
    *,
    folded: bool,
) -> Text:
    """Return how many tokens there are, and what that figure stands on."""
    if account is not None:
        counted = account.lengths.total
        if account.of_file:
            some = f" in {account.rows:,} of {profile.valid_rows:,} rows"
            words = f"{counted:,} counted{some if account.rows < profile.valid_rows else ''}"
            return Text.assemble(words, ", by ", safe_text(account.base, limit=60))
        each = counted / max(account.rows, 1)
        words = f"{counted:,} counted in train + validation"
        if profile.valid_rows != account.rows:
            words += f"; estimate for all {round(each * profile.valid_rows):,}"
        return Text(words)
    if look.overview is None:
        return Text("known when every row is read", style="muted")
    lengths = look.overview.lengths
    longest = "" if folded else f", longest {lengths.longest:,}"
    bound = f"at most {lengths.total:,} by bytes{longest}"
    return Text.assemble(bound, "; ", counting)


def _training(account: "SizeAccount") -> Text:
    """Return what a training takes, never a guess."""
    found = account.outlook
    if found.time is None or found.speed is None:
        return Text("no measured speed yet, so time and cost are open", style="muted")
    cost = "cost open: the recipe names no hour_price"
    if found.cost is not None:
        cost = f"cost {found.cost.low:.2g}–{found.cost.high:.2g}"
    run = safe_text(found.speed.run, limit=60, ink="muted")
    time = (f"up to {span(*found.time)}", "accent")
    return Text.assemble(time, f", {cost}; ", ("speed as in ", "muted"), run)


def _advice(look: DataLook) -> str:
    """Return which rows are too few, and how exact a score over this holdout can be."""
    from core.scoring.statistics.shares import wilson

    split = look.split or {}
    said: list[str] = []
    holdout = split.get("holdout")
    if isinstance(holdout, int) and holdout > 0:
        hits = round(_HITS * holdout)
        low, high = wilson(hits, holdout)
        said.append(
            f"with {holdout:,} holdout rows a score of {hits / holdout:.0%} means"
            f" {low:.0%} to {high:.0%}"
        )
    thin = [one for one in split.get("thin", ()) if isinstance(one, dict)]
    named = [
        f"{one.get('name')} has {one.get('rows')} of {one.get('needed')} rows"
        for one in thin[:_THIN_NAMED]
    ]
    more = f", {len(thin) - _THIN_NAMED} more kinds are thin" if len(thin) > _THIN_NAMED else ""
    if named:
        said.append(f"{', '.join(named)}{more}")
    return "; ".join(said)


def detail_lines(finding: "Finding", *, rows: int = ROWS_NAMED, answered: int = 0) -> list[Line]:
    """Return all that is known of a finding."""
    named = ", ".join(str(row) for row in finding.rows[:rows])
    more = f" and {finding.row_count - rows:,} more" if finding.row_count > rows else ""
    lines: list[Line] = [
        safe_text(finding.message, limit=1000),
        field("do this", safe_text(finding.remedy, limit=1000), width=9),
    ]
    if finding.rows:
        lines.append(field("rows", Text(f"{named}{more}"), width=9))
    if answered:
        done = f"{finding.row_count:,} rows, {answered:,} answered"
        lines.append(field("done", Text(done, style="good"), width=9))
    lines.append(Text(""))
    for fault in finding.faults[:rows]:
        place = f"row {fault.row}  " if fault.row is not None else "file  "
        path = safe_text(f"{fault.path} " if fault.path else "", limit=60, ink="muted")
        where = Text.assemble((place, "muted"), path, safe_text(fault.message))
        lines.append(Hanging(where, 9))
    return lines
