"""Opens a study for the verdict: checks everything that can be checked, then names the answers."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from core.errors import DataError
from core.scoring.rated.rating import Rating
from core.scoring.rated.table import Table, make_table
from core.scoring.rated.terms import Integrity
from core.scoring.statistics.bias import blinding_test, position_test
from core.scoring.study.canonical import canonical, commitment, sha256
from core.scoring.study.folder import StudyFolder
from core.scoring.study.plan import StudyPlan, make_plan
from core.scoring.study.rating_log import RatingEvent, read_log
from core.scoring.study.record import CHAINED, Records, read_records_of
from core.scoring.study.session import read_sheet
from core.scoring.study.sheet import Sheet, SheetItem, Side
from core.scoring.study.standing import Standing
from core.storage import replace_file, storage_error
from core.text_safety import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """What the lock wrote, as far as it still fits together."""

    plan: StudyPlan
    """What was agreed."""
    items: tuple[str, ...]
    """The drawn items in the order that counts, by their names outside the study."""
    holdout: str
    """Root of the holdout lock the items come from; empty where there was none."""
    locked_at: str
    """When, UTC."""
    chained: bool
    """Whether every line beside the logs carries a hash; studies of older versions need not."""
    anchored: str
    """Hash of the plan of the study whose old answers are rated again; empty without any."""
    sheet: Sheet
    """What raters see."""
    seal: str
    """The plan's hash."""
    problems: tuple[str, ...]
    """What was changed since the lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs:
    """Everybody's logs, checked."""

    standings: Mapping[str, Standing]
    """What each log adds up to, by rater."""
    events: int
    """Events that count as written."""
    heads: Mapping[str, str]
    """Hash of the last of them, by rater: whoever has it can tell a log that was cut later."""
    torn: tuple[str, ...]
    """Raters whose last line a crash cut; nothing shown as saved was in it."""
    records: Records
    """What was put down beside the logs."""
    problems: tuple[str, ...]
    """What does not follow from the plan, by line."""


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """Whose answer is whose."""

    key: str
    """What the names of the sides were made with."""
    nonce: str
    """What keeps the commitment from being guessed."""
    items: dict[str, str]
    """The name outside the study of each item of the sheet."""
    mapping: dict[str, dict[str, str]]
    """The contender of each side, by item."""
    traps: dict[str, str]
    """The side that is wrong on purpose, by item; such items count in no figure."""
    anchors: dict[str, str] = {}
    """What the older study calls an item whose answers are from there; in no figure either."""

    @property
    def extra(self) -> frozenset[str]:
        """Items that are not of this study: planted ones and old ones."""
        return frozenset((*self.traps, *self.anchors))


def read_locked(folder: StudyFolder) -> Locked:
    """Return what was locked and what no longer fits."""
    sheet, seal = read_sheet(folder)
    try:
        content = folder.plan.read_bytes()
        values = json.loads(content)
        plan = make_plan(values["plan"], where=str(folder.plan))
        fields = {name: str(values[name]) for name in ("sheet", "holdout", "locked_at")}
        items = tuple(map(str, values["items"]))
        commit = str(values["commitment"])
        anchored = str(values.get("anchors", ""))
        chained = values.get("records") == CHAINED
    except OSError as error:
        raise storage_error(error, folder.plan, doing="read the plan") from error
    except (ValueError, KeyError, TypeError) as broken:
        raise DataError(
            what=f"The plan of {folder.id} cannot be read.",
            why=f"The file was changed after the lock: {visible(str(broken))}.",
            remedy="Put back `plan.json` as the lock wrote it.",
        ) from broken
    problems = []
    if sha256(content) != seal:
        problems.append("The plan was changed after the study was locked.")
    if sha256(folder.sheet.read_bytes()) != fields["sheet"]:
        problems.append("The sheet that raters see was changed after the study was locked.")
    if sheet.commitment != commit:
        problems.append("Sheet and plan commit to different mappings.")
    return Locked(
        plan=plan,
        items=items,
        holdout=fields["holdout"],
        locked_at=fields["locked_at"],
        anchored=anchored,
        chained=chained,
        sheet=sheet,
        seal=seal,
        problems=tuple(problems),
    )


def read_logs(folder: StudyFolder, locked: Locked) -> Logs:
    """Return everybody's logs and what stands beside them, with what in them cannot be."""
    standings, torn, problems = {}, [], []
    events, heads = 0, {}
    seen: dict[str, str] = {}
    sides = {item.id: {side.id for side in item.sides} for item in locked.sheet.items}
    for rater in folder.raters():
        found = read_log(folder.log(rater), seal=locked.seal)
        events += len(found.events)
        heads[rater] = found.end
        if found.torn:
            torn.append(rater)
        if found.problem:
            problems.append(f"The log of {rater} is broken: {found.problem}.")
        for number, event in enumerate(found.events, start=1):
            if wrong := _impossible(event, rater, locked, sides, seen):
                problems.append(f"Line {number} of {rater}.jsonl: {wrong}.")
            seen[event.eid] = rater
        standings[rater] = Standing(found.events)
    records = read_records_of(folder, locked.seal, chained=locked.chained)
    problems += [problem for one in records for problem in one.problems]
    return Logs(
        standings=standings,
        events=events,
        heads=heads,
        torn=tuple(torn),
        records=records,
        problems=tuple(problems),
    )


def _impossible(
    event: RatingEvent,
    rater: str,
    locked: Locked,
    sides: Mapping[str, set[str]],
    seen: Mapping[str, str],
) -> str:
    """Return why an event cannot be one of this study; empty when it can."""
    if event.study != locked.sheet.study:
        return f"it belongs to the study {visible(event.study)}"
    if event.rater != rater:
        return f"it names the rater {visible(event.rater)}"
    if seen.get(event.eid, rater) != rater:
        return f"the same event is in the log of {seen[event.eid]}"
    if event.item not in sides or (event.side and event.side not in sides[event.item]):
        return "it rates what is not on the sheet"
    if event.kind == "rate" and event.value not in locked.plan.scores:
        return f"{visible(str(event.value))} is no score of this study"
    return ""


def missing_ratings(locked: Locked, logs: Logs) -> int:
    """Return how many finished items the plan still waits for."""
    k = locked.plan.raters_per_item
    lacking = 0
    for item in locked.sheet.items:
        done = sum(standing.finished((item.id, 0)) for standing in logs.standings.values())
        lacking += max(0, k - done)
    return lacking


def open_seal(folder: StudyFolder, locked: Locked, *, by: str, now: datetime) -> Sealed:
    """Return whose answer is whose, and leave a record of the first time that anybody looked."""
    sealed = read_sealed(folder)
    if not folder.revealed.exists():
        record = {"at": now.isoformat(), "by": by, "commitment": locked.sheet.commitment}
        replace_file(folder.revealed, canonical(record) + b"\n")
    return sealed


def read_sealed(folder: StudyFolder) -> Sealed:
    """Return the seal's content."""
    try:
        return msgspec.json.decode(folder.sealed.read_bytes(), type=Sealed)
    except OSError as error:
        raise storage_error(error, folder.sealed, doing="open the seal") from error
    except msgspec.MsgspecError as broken:
        raise DataError(
            what=f"What {folder.id} sealed cannot be read.",
            why="The file was changed after the lock.",
            remedy="Put back `sealed.json` as the lock wrote it; no verdict is possible without.",
        ) from broken


def seal_problem(locked: Locked, sealed: Sealed) -> str:
    """Return what is wrong with the seal; empty when it is what was committed to."""
    content = {"items": sealed.items, "mapping": sealed.mapping, "traps": sealed.traps}
    if sealed.anchors:
        content["anchors"] = sealed.anchors
    if commitment(content, bytes.fromhex(sealed.nonce)) != locked.sheet.commitment:
        return "Whose answer is whose was changed after the study was locked."
    return ""


def ratings_of(locked: Locked, logs: Logs, sealed: Sealed) -> Iterator[Rating]:
    """Yield every rating that counts, by name: first meetings of the study's own items."""
    for item in plain_items(locked, sealed):
        yield from _ratings(item, sealed.items[item.id], logs, sealed)


def anchor_ratings(locked: Locked, logs: Logs, sealed: Sealed) -> Iterator[Rating]:
    """Yield what was said now of old answers, by the names that they had then."""
    for item in locked.sheet.items:
        if item.id in sealed.anchors:
            yield from _ratings(item, sealed.anchors[item.id], logs, sealed)


def _ratings(item: SheetItem, name: str, logs: Logs, sealed: Sealed) -> Iterator[Rating]:
    """Yield what everybody who finished an item said of its answers."""
    for rater, standing in logs.standings.items():
        met = (item.id, 0)
        if not standing.finished(met):
            continue
        for side in item.sides:
            score = standing.score(met, side.id)
            if score is None:
                continue
            for same in (side.id, *side.same):
                yield Rating(
                    item=name,
                    contender=sealed.mapping[item.id][same],
                    rater=rater,
                    score=score,
                    unsafe=standing.event("flag", met, side.id) is not None,
                )


def plain_items(locked: Locked, sealed: Sealed) -> Iterator[SheetItem]:
    """Yield the study's own items: none that was planted, none that an older study answered."""
    return (item for item in locked.sheet.items if item.id not in sealed.extra)


def table_of(locked: Locked, logs: Logs, sealed: Sealed) -> Table:
    """Return the study's table, in the order that was fixed before the first rating."""
    return make_table(ratings_of(locked, logs, sealed), order=locked.items)


def integrity_of(locked: Locked, logs: Logs, sealed: Sealed, *, holdout: str) -> Integrity:
    """Return what the study shows of itself; `holdout` is the root of the lock as it is now."""
    problems = [*locked.problems, *logs.problems]
    if wrong := seal_problem(locked, sealed):
        problems.append(wrong)
    if locked.holdout and holdout != locked.holdout:
        problems.append("The holdout was changed after the study was locked.")
    lacking = missing_ratings(locked, logs)
    if lacking and locked.plan.stopping == "fixed":
        problems.append(f"{lacking} planned ratings of items are missing.")
    return Integrity(
        problems=tuple(problems),
        blinding_p=_blinding(locked, logs, sealed),
        position_p=_position(locked, logs, sealed),
    )


def _position(locked: Locked, logs: Logs, sealed: Sealed) -> float | None:
    """Return the p of "the first of two answers is as good as the second"; None without any."""
    first = decisive = 0
    for item in plain_items(locked, sealed):
        for standing in logs.standings.values():
            placed = {
                event.position: int(event.value)
                for side in item.sides
                if (event := standing.event("rate", (item.id, 0), side.id)) is not None
            }
            if 0 in placed and 1 in placed and placed[0] != placed[1]:
                decisive += 1
                first += placed[0] > placed[1]
    return position_test(first, decisive).p if decisive else None


def _blinding(locked: Locked, logs: Logs, sealed: Sealed) -> float | None:
    """Return the p of "raters told the fine-tune no better than chance"; None if nobody said."""
    right = asked = 0
    for standing in logs.standings.values():
        for guess in standing.all("guess"):
            if guess.item in sealed.anchors:
                continue
            named = _contenders(locked.sheet, sealed, guess.item, guess.side)
            if named:
                asked += 1
                right += locked.plan.tuned in named
    return blinding_test(right, asked, len(locked.plan.contenders)).p if asked else None


def _contenders(sheet: Sheet, sealed: Sealed, item: str, side: str) -> set[str]:
    """Return whose answer a side is; several answered the same, nobody's side is nobody's."""
    sides: dict[str, Side] = {
        one.id: one for found in sheet.items if found.id == item for one in found.sides
    }
    if side not in sides:
        return set()
    return {sealed.mapping[item][same] for same in (side, *sides[side].same)}
