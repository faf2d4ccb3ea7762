"""What the log of a release keeps, and that what is deleted is nowhere on disk."""

import asyncio
import dataclasses
import os
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import StorageError
from core.release.gateway.keeping import Keeping, redacted
from core.release.gateway.log_file import forget_user, read_entries
from core.release.gateway.log_store import LogStore
from core.release.gateway.log_writer import LogWriter
from core.release.release_plan import LogPolicy
from tests.support.release_log import FULL, entry, said

DAY = 86_400.0


def bytes_on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9000), st.booleans()), min_size=1, max_size=60),
    st.integers(0, 2**32),
)
def test_no_byte_of_what_is_due_is_left_in_any_file(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[tuple[int, bool]], seed: int
) -> None:
    # Texts of all lengths, so that pages are split, joined and moved to overflow chains.
    folder = tmp_path_factory.mktemp("log")
    draw = random.Random(seed)
    store = LogStore(folder / "log.db", FULL)
    order = list(enumerate(sizes))
    draw.shuffle(order)
    for number, (size, due) in order:
        mark = "DUE-TEXT-" if due else "STAYS----"
        words = (mark * (size // len(mark) + 1))[: max(size, len(mark))]
        at = 0.0 if due else 20 * DAY
        store.write([entry(number, at=at, words=words)], [said(number, words)])
    assert store.sweep(11 * DAY) == sum(due for _, due in sizes)
    content = bytes_on_disk(folder)
    assert b"DUE-TEXT" not in content
    kept = [one["answer"] for one in read_entries(folder / "log.db")]
    assert len(kept) == sum(not due for _, due in sizes)
    assert all(str(one).startswith("STAYS") for one in kept)
    store.close()


def test_nothing_goes_before_its_day_and_all_on_it(tmp_path: Path) -> None:
    store = LogStore(tmp_path / "log.db", FULL)
    store.write([entry(1, at=0.0, words="SEEN"), entry(2, at=1.0, words="SEEN")], [])
    assert store.sweep(10 * DAY) == 0
    assert store.sweep(10 * DAY + 0.5) == 1
    assert store.sweep(10 * DAY + 1.5) == 1
    assert b"SEEN" not in bytes_on_disk(tmp_path)
    store.close()


def test_a_user_is_forgotten_while_the_gateway_writes(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    log = LogWriter(path, FULL)
    for number in range(50):
        who = f"user {number % 5}"
        log.note(entry(number, at=1e12, user=who, words=f"WORDS-OF-{number % 5}" * 40))
    asyncio.run(log.add_feedback(said(49, "WORDS-OF-4")[0]))
    assert forget_user(path, FULL, "user 4") == 10
    assert forget_user(path, FULL, "user 4") == 0
    content = bytes_on_disk(tmp_path)
    assert b"WORDS-OF-4" not in content
    assert b"WORDS-OF-3" in content
    log.close()
    assert len(list(read_entries(path))) == 40


def test_a_full_log_loses_its_oldest_and_stays_within_its_size(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    store = LogStore(path, LogPolicy(keep="full", days=3650, most_mb=1))
    for number in range(60):
        words = "x" * 50_000
        store.write([entry(number, at=float(number), words=words)], [])
        store.sweep(100.0)
    assert path.stat().st_size < 1.5 * 2**20
    numbers = [int(str(one["id"])[-8:]) for one in read_entries(path)]
    assert 5 < len(numbers) < 20
    assert numbers == list(range(60 - len(numbers), 60))
    store.close()


SECRET = (
    "write to jane.doe@parcel-post.com with sk-proj-Zx8Kq2LmN4pR6tV9wY1bD3fH5jK7nP0sU2xA4cE6gI8kM"
)


@pytest.mark.parametrize(
    ("keep", "there", "gone"),
    [
        ("full", ["jane.doe@parcel-post.com", "write to"], []),
        ("redacted", ["write to <EMAIL_1>"], ["jane.doe", "sk-proj-Zx8Kq2LmN4"]),
        ("hashes", [], ["jane.doe", "write to", "sk-proj"]),
        ("nothing", [], ["jane.doe", "write to", "sk-proj"]),
    ],
)
def test_only_what_the_policy_names_comes_on_disk(
    tmp_path: Path, keep: str, there: list[str], gone: list[str]
) -> None:
    store = LogStore(tmp_path / "log.db", LogPolicy(keep=keep))
    one = entry(1, user="jane.doe@parcel-post.com", words=SECRET, errors=SECRET)
    store.write([one], [said(1, SECRET)])
    content = bytes_on_disk(tmp_path)
    assert all(words.encode() in content for words in there)
    assert not any(words.encode() in content for words in gone)
    (kept,) = read_entries(tmp_path / "log.db")
    assert kept["arm"] == "a"
    assert kept["feedback"][0]["rating"] == -1
    assert kept["user"] != "jane.doe@parcel-post.com"
    assert store.forget("jane.doe@parcel-post.com") == (keep != "nothing")
    store.close()


def test_redaction_keeps_every_word_around_what_it_covers() -> None:
    one, other = "jane.doe@parcel-post.com", "max.roe@parcel-post.com"
    (covered,) = redacted([f"é to {one}, {other} and {one}."])
    assert covered == "é to <EMAIL_1>, <EMAIL_2> and <EMAIL_1>."
    assert redacted(["plain words, no data", ""]) == ["plain words, no data", ""]


def test_equal_texts_have_equal_hashes_and_no_other_log_has_them() -> None:
    one, other = Keeping("hashes", b"1" * 32), Keeping("hashes", b"2" * 32)
    assert one.texts(["yes", "no"]) == [one.texts(["yes"])[0], one.texts(["no"])[0]]
    assert len({*one.texts(["yes", "no"]), *other.texts(["yes"])}) == 3
    assert one.texts([""]) == [""]


def test_feedback_on_an_answer_just_given_is_never_too_early(tmp_path: Path) -> None:
    async def race() -> list[bool]:
        log = LogWriter(tmp_path / "log.db", FULL)
        found = []
        for number in range(100):
            log.note(entry(number, at=1e12))
            found.append(await log.add_feedback(said(number)[0]))
        found.append(await log.add_feedback(said(1000)[0]))
        log.close()
        return found

    assert asyncio.run(race()) == [True] * 100 + [False]


CHILD = """
import asyncio, sys
from pathlib import Path
from core.release.gateway.log_writer import LogWriter
from tests.support.release_log import FULL, entry, said

async def work():
    log = LogWriter(Path(sys.argv[1]), FULL)
    for number in range(100_000):
        log.note(entry(number, at=1e12))
        assert await log.add_feedback(said(number)[0])
        print(number, flush=True)

asyncio.run(work())
"""


def test_acknowledged_feedback_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert child.stdout is not None
    told = [int(child.stdout.readline()) for _ in range(40)]
    child.send_signal(signal.SIGKILL)
    told += [int(line) for line in child.stdout.read().splitlines() if line]
    child.wait()
    child.stdout.close()
    database = sqlite3.connect(path)
    rows = database.execute("SELECT entry FROM feedback").fetchall()
    database.close()
    kept = {int(one[-8:]) for (one,) in rows}
    assert set(told) <= kept


def test_a_disk_that_takes_nothing_refuses_feedback_and_lives_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.db"
    log = LogWriter(path, FULL)
    blocker = sqlite3.connect(path, isolation_level=None)
    monkeypatch.setattr("core.release.gateway.log_database._BUSY_MS", 1)
    log.note(entry(1, at=1e12))
    assert asyncio.run(log.add_feedback(said(1)[0]))
    # Whether the two are written together or one after the other, neither can be.
    blocker.execute("DROP TABLE feedback")
    blocker.execute("DROP TABLE entry")
    log.note(entry(2, at=1e12))
    with pytest.raises(Exception, match="could not be used"):
        asyncio.run(log.add_feedback(said(2)[0]))
    assert log.lost == 1
    log.close()
    blocker.close()


def test_an_entry_that_cannot_be_written_ends_nothing_and_is_not_quoted(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    log = LogWriter(path, LogPolicy(keep="redacted"))
    log.note(dataclasses.replace(entry(1, at=1e12), prompt="no JSON, but WORDS"))
    with pytest.raises(StorageError) as failed:
        asyncio.run(log.add_feedback(said(1)[0]))
    assert "WORDS" not in str(failed.value) + log.trouble
    log.note(entry(2, at=1e12))
    assert asyncio.run(log.add_feedback(said(2)[0]))
    assert (log.lost, log.trouble) == (1, "")
    log.close()
