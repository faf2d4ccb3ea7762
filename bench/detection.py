"""How much of planted personal data and secrets is found, what is found in innocent text, how fast.

Every share stands beside its Wilson 95 % interval. The first set was tuned against; the others were
written after the detectors were frozen, and showed faults that were mended since: what each found
when it was new stands in its module. Speed is
megabytes a CPU second of one process, beside a bare JSON parse of the same text in the same
rounds. Exits with 1 where a bound is missed.

Rows a CPU second are set against Presidio's, whose environment a variable names:

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install presidio-analyzer
    PRESIDIO=/tmp/peers/bin/python python -m bench.detection
"""

import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from statistics import median
from types import ModuleType
from typing import NamedTuple

import msgspec

from bench.detection_sets import blind, negatives, phrases, third, told, told_later
from bench.detection_sets.phrases import Planted
from bench.presidio import presidio_rate
from core.data.detect import gates
from core.data.detect.find import find_spans
from core.data.detect.odd_words import odd_words
from core.data.detect.secrets.keys import PEM_ANCHOR
from core.scoring.statistics.shares import wilson

PERSONAL_ROWS = 500
SECRET_ROWS = 100
TOLD_ROWS = 10
ROWS_IN_BLOCK = 300
ROUNDS = 5
SPEED_ROWS = 12_000
PRESIDIO_ROWS = 500
PRESIDIO_TIMES = 30
"""How often we look through a row while Presidio does once."""
RECALL = {"phone": 0.85}
"""Lowest row recall a personal kind may have; the others need .95."""
_RECALL, _PRECISION, _SECRETS, _ALARMS = 0.95, 0.99, 0.98, 1.0


class Tally(NamedTuple):
    """What came of one kind."""

    found: int
    rows: int
    true: int
    wrong: int
    """Spans of this kind where none was planted."""


def measure(rows: Sequence[Planted]) -> dict[str, Tally]:
    """Return, for each kind planted in the rows or found in them, how many were found and where."""
    counts: dict[str, Counter[str]] = {}
    for start in range(0, len(rows), ROWS_IN_BLOCK):
        part = rows[start : start + ROWS_IN_BLOCK]
        block = b"".join(row.text.encode() + b"\0" for row in part)
        spans = find_spans(block)
        matched: set[int] = set()
        begin = 0
        for row in part:
            text = row.text.encode()
            for kind, value in row.values:
                low = begin + text.index(value.encode())
                high = low + len(value.encode())
                here = [
                    place
                    for place, span in enumerate(spans)
                    if span.start < high and span.end > low and span.kind == kind
                ]
                matched.update(here)
                counts.setdefault(kind, Counter()).update(rows=1, found=bool(here))
            begin += len(text) + 1
        for place, span in enumerate(spans):
            counts.setdefault(span.kind, Counter())["true" if place in matched else "wrong"] += 1
    return {kind: Tally(c["found"], c["rows"], c["true"], c["wrong"]) for kind, c in counts.items()}


def tallies(source: ModuleType, kinds: Iterable[str], count: int) -> dict[str, Tally]:
    """Return the sums over the rows of every kind of one set."""
    sums: dict[str, Tally] = {}
    for kind in kinds:
        for found_kind, tally in measure(source.rows(kind, count, 1)).items():
            old = sums.get(found_kind, Tally(0, 0, 0, 0))
            sums[found_kind] = Tally(*(a + b for a, b in zip(old, tally, strict=True)))
    return sums


def alarms(texts: Iterable[bytes]) -> tuple[float, Counter[str]]:
    """Return megabytes and the kinds found in texts without personal data, notes left out."""
    size, found = 0, Counter[str]()
    for text in texts:
        size += len(text)
        found.update(span.kind for span in find_spans(text + b"\0") if span.severity != "info")
    return size / 1e6, found


def _share(hits: int, of: int) -> str:
    low, high = wilson(hits, of)
    return f"{hits / max(of, 1):.4f} [{low:.4f} {high:.4f}]"


def _print_quality(title: str, source: ModuleType) -> list[str]:
    print(f"\n{title}\n{'kind':<22}{'rows':>6}  {'row recall':<26}{'precision':<26}")
    missed = []
    personal = tallies(source, source.PERSONAL, PERSONAL_ROWS)
    secrets = tallies(source, source.SECRETS, SECRET_ROWS)
    for kind, tally in {**personal, **secrets}.items():
        print(
            f"{kind:<22}{tally.rows:>6}  {_share(tally.found, tally.rows):<26}"
            f"{_share(tally.true, tally.true + tally.wrong):<26}"
        )
        if kind in personal:
            exact = tally.true / max(1, tally.true + tally.wrong) >= _PRECISION
            if tally.found / max(1, tally.rows) < RECALL.get(kind, _RECALL) or not exact:
                missed.append(f"{title}: {kind}")
    found = sum(secrets[kind].found for kind in source.SECRETS)
    of = sum(secrets[kind].rows for kind in source.SECRETS)
    print(f"{len(source.SECRETS)} families of secrets   {_share(found, of)}")
    return missed + ([f"{title}: secrets"] if found / of < _SECRETS else [])


def _print_secrets() -> list[str]:
    """Print how many rows of the third set have a secret found where one stands, of any kind."""
    missed = []
    print("\nThird set: other places, tears and issuers (any kind of secret counts)")
    for title, make, kinds in (
        ("issuers with a rule", third.known, third.KNOWN),
        ("announced by words", third.announced, third.ANNOUNCED),
    ):
        rows = [row for kind in kinds for row in make(kind, SECRET_ROWS, 1)]
        found = sum(covered(row) for row in rows)
        print(f"{title:<22}{len(rows):>6}  {_share(found, len(rows))}")
        if found / len(rows) < _SECRETS:
            missed.append(title)
    return missed


def _print_told() -> list[str]:
    """Print how many values of the later sets are found that only words announce."""
    print("\nLater sets: values that only words announce (first figures: see the set's module)")
    sums = Counter[str]()
    for name, one in {**told.SETS, **told_later.SETS}.items():
        for what, phrases_of, makers in (
            ("passwords", one.passwords, one.chosen),
            ("keys", one.keys, one.generated),
            ("letters alone", one.passwords, told.LETTERS_ALONE),
        ):
            rows = told.rows(phrases_of, makers, TOLD_ROWS, 1)
            found = sum(map(covered, rows))
            print(f"{name + ', ' + what:<22}{len(rows):>6}  {_share(found, len(rows))}")
            if name not in told_later.NEWEST:
                sums.update({what: len(rows), f"{what} found": found})
    missed = []
    for what in ("passwords", "keys"):
        found, of = sums[f"{what} found"], sums[what]
        print(f"{'mended for, ' + what:<22}{of:>6}  {_share(found, of)}")
        if found / of < _SECRETS:
            missed.append(f"announced {what}")
    return missed


def covered(row: Planted) -> bool:
    """Return whether a secret is found where the row's value stands."""
    ((_, value),) = row.values
    text = row.text.encode()
    low = text.index(value.encode())
    high = low + len(value.encode())
    return any(
        span.start < high and span.end > low and span.group == "secret"
        for span in find_spans(text + b"\0")
    )


def _print_alarms() -> list[str]:
    missed = []
    print("\nInnocent text (alarms a MB; mail and IP addresses are counted apart, not judged)")
    for name, texts in {
        "hard lines": negatives.hard_blocks(40_000, 1),
        "announcing lines": negatives.announcing(200, 1),
        "further such lines": negatives.speaking(200, 1),
        "language reference": negatives.documentation(),
        "standard library": negatives.sources(),
    }.items():
        size, found = alarms(texts)
        real = 0
        if name != "hard lines":
            real = found.pop("email", 0) + found.pop("ip", 0)
        rate = sum(found.values()) / size
        print(f"  {name:<20}{size:>6.1f} MB  {rate:.2f} a MB  {dict(found)}; addresses {real}")
        if rate > _ALARMS:
            missed.append(f"{name}: {rate:.2f} alarms a MB")
    return missed


def chat_blocks() -> list[bytes]:
    """Return blocks of prose in rows of about 780 bytes, every fourth with something in it."""
    rng = random.Random(1)
    prose = b" ".join(negatives.documentation()).decode()
    sentences = [s for s in re.split(r"(?<=[.!?])\s+", prose) if 30 < len(s) < 300]
    planted = [phrases.rows(kind, 500, 2) for kind in phrases.PERSONAL]
    texts = []
    for number in range(SPEED_ROWS):
        text = " ".join(rng.choices(sentences, k=7))
        if number % 4 == 0:
            text += " " + rng.choice(rng.choice(planted)).text
        texts.append(text.encode() + b"\0")
    return [
        b"".join(texts[place : place + ROWS_IN_BLOCK])
        for place in range(0, len(texts), ROWS_IN_BLOCK)
    ]


def _every_gate(text: bytes) -> None:
    """Look once through all gates as `find_spans` does: what several start from is counted once."""
    signs = gates.Signs(text)
    gates.digit_windows(signs)
    gates.quads(signs)
    gates.colon_trains(signs)
    gates.dash_trains(signs)
    gates.keyword_marks(signs)
    odd_words(signs)
    signs.followed(b":", b"//")
    signs.followed(b"%", b"40")
    for gate in (gates.long_runs(text, signs), gates.armour(text, signs, PEM_ANCHOR)):
        for _ in gate:
            pass


def _single_gates() -> dict[str, Callable[[bytes], object]]:
    """Return every gate as a function of the block alone, the signs that most start from once."""
    signs = lru_cache(maxsize=None)(gates.Signs)

    return {
        "signs": gates.Signs,
        "seven digits close by": lambda text: gates.digit_windows(signs(text)),
        "long token runs": lambda text: list(gates.long_runs(text, signs(text))),
        "words before = and :": lambda text: gates.keyword_marks(signs(text)),
        "odd words": lambda text: odd_words(signs(text)),
        "trains of colons": lambda text: gates.colon_trains(signs(text)),
        "dots between digits": lambda text: gates.quads(signs(text)),
        "dashes three apart": lambda text: gates.dash_trains(signs(text)),
        "://": lambda text: signs(text).followed(b":", b"//"),
        "%40": lambda text: signs(text).followed(b"%", b"40"),
        "@": lambda text: signs(text).of(b"@"),
        "PRIVATE KEY": lambda text: list(gates.armour(text, signs(text), PEM_ANCHOR)),
    }


def _print_speed() -> None:
    blocks = chat_blocks()
    size = sum(map(len, blocks)) / 1e6
    lines = [
        msgspec.json.encode({"messages": [{"role": "user", "content": text.decode()}]})
        for block in blocks
        for text in block.split(b"\0")
    ]
    name, parse = _parser()
    arms: dict[str, Callable[[], object]] = {
        name: lambda: [parse(line) for line in lines],
        "find_spans": partial(_over, blocks, find_spans),
        "all gates": partial(_over, blocks, _every_gate),
    }
    for gate_name, gate in _single_gates().items():
        arms[f"gate: {gate_name}"] = partial(_over, blocks, gate)
    spent: dict[str, list[float]] = {arm: [] for arm in arms}
    for _ in range(ROUNDS):
        for arm, run in arms.items():
            began = time.process_time()
            run()
            spent[arm].append(time.process_time() - began)
    print(f"\nSpeed over {size:.1f} MB of chat text (median of {ROUNDS} interleaved rounds)")
    for arm, seconds in spent.items():
        ratio = median(a / b for a, b in zip(spent[name], seconds, strict=True))
        print(
            f"  {arm:<30}{size / median(seconds):>8.0f} MB a CPU second   {ratio:.2f} of the parse"
        )


def _print_presidio(python: str) -> list[str]:
    """Print what Presidio takes for some of the rows and we for all, in the same rounds."""
    blocks = chat_blocks()
    texts = [text.decode() for block in blocks for text in block.split(b"\0")[:-1]]
    rates, times = [], []
    for _ in range(ROUNDS):
        rates.append(presidio_rate(python, texts[:PRESIDIO_ROWS]))
        began = time.process_time()
        _over(blocks, find_spans)
        times.append(len(texts) / (time.process_time() - began) / rates[-1])
    print(f"\nPresidio, patterns alone, no model (median of {ROUNDS} interleaved rounds)")
    print(f"  Presidio                      {median(rates):>8.0f} rows a CPU second")
    print(f"  find_spans, secrets included  {median(times):>8.1f} times as many")
    return ["Presidio"] if median(times) < PRESIDIO_TIMES else []


def _over(blocks: Sequence[bytes], gate: Callable[[bytes], object]) -> None:
    for block in blocks:
        gate(block)


def _parser() -> tuple[str, Callable[[bytes], object]]:
    """Return the fastest plain parser that is installed, with its name."""
    try:
        import orjson
    except ImportError:
        return "msgspec parse", msgspec.json.decode
    return "orjson parse", orjson.loads


def main() -> None:
    """Print quality, alarms and speed; exit with 1 where a bound is missed."""
    missed = _print_quality("First set", phrases)
    _print_quality("Second set, written after the freeze", blind)
    missed += _print_secrets()
    missed += _print_told()
    missed += _print_alarms()
    _print_speed()
    if "PRESIDIO" in os.environ:
        missed += _print_presidio(os.environ["PRESIDIO"])
    if missed:
        sys.exit("missed: " + ", ".join(missed))


if __name__ == "__main__":
    main()
