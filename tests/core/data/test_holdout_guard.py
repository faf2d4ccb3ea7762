"""Nothing that touches the holdout gets past the lock: rows, near rows, documents, canaries."""

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.alike import whole
from core.data.dataset import ensure_salt, read_part, read_salt
from core.data.documents import document_hits, read_documents, refuse_documents
from core.data.holdout_guard import HoldoutGuard
from core.data.holdout_lock import LockedRow, lock_bytes, make_lock, read_lock
from core.data.keys import RowKeys, row_keys
from core.data.rows import Example
from core.data.signature import BYTES, agreement, bands, signature
from core.data.similarity import shingles
from core.data.sources import to_row
from core.data.split import split_file
from core.data.split_result import SplitResult
from core.errors import DataError
from core.workspace import Workspace, create_workspace
from tests.support.split_draft import line

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SALT = b"0123456789abcdef"


def row(n: int) -> str:
    asked = " ".join(f"w{n}x{at}" for at in range(30))
    return line(f"question {asked}", f"answer {n} is {n * 7} and no other")


@pytest.fixture
def made(tmp_path: Path) -> tuple[Workspace, SplitResult]:
    workspace = create_workspace(tmp_path / "ws")
    ensure_salt(workspace)
    (workspace.data / "salt").write_bytes(SALT)  # fingerprints are estimates: the same every time
    source = workspace.root / "source.jsonl"
    source.write_text("\n".join(row(n) for n in range(60)) + "\n")
    return workspace, split_file(workspace, source, name="d", now=NOW)


def guard_of(made: tuple[Workspace, SplitResult], *, text: bool = True) -> HoldoutGuard:
    workspace, result = made
    holdout = result.folder.holdout if text else None
    return HoldoutGuard(read_lock(result.folder.lock), read_salt(workspace), holdout=holdout)


def example(text: str) -> Example:
    found = to_row(text.encode(), number=7).example
    assert found
    return found


def held(made: tuple[Workspace, SplitResult]) -> tuple[str, str]:
    asked, answered = read_part(made[1].folder.holdout)[0].messages
    return asked.text, answered.text


def test_every_row_of_a_split_passes_its_own_lock(made: tuple[Workspace, SplitResult]) -> None:
    folder = made[1].folder
    guard = guard_of(made)
    assert list(guard.hits([*read_part(folder.train), *read_part(folder.validation)])) == []
    assert len(list(guard.hits(read_part(folder.holdout)))) == made[1].holdout


@pytest.mark.parametrize("text", [True, False])
def test_a_near_row_is_found_by_its_fingerprint(
    made: tuple[Workspace, SplitResult], text: bool
) -> None:
    asked, answered = held(made)
    near = line(asked.replace("question", "query"), f"{answered} again")
    how = guard_of(made, text=text).look(example(near))
    expected = "is nearly a holdout row (0.9" if text else "looks nearly like a holdout row (about"
    assert how is not None
    assert how.startswith(expected)


def test_a_row_that_only_its_fingerprint_calls_near_passes_where_the_words_can_be_read(
    made: tuple[Workspace, SplitResult],
) -> None:
    asked, _ = held(made)
    half = line(" ".join(asked.split()[:26]), "altogether different words end this row here")
    assert guard_of(made).look(example(half)) is None


def test_the_canary_of_a_holdout_is_noticed(made: tuple[Workspace, SplitResult]) -> None:
    canary = made[1].canary.upper()
    how = guard_of(made).look(example(line(f"data set {canary}", "fine")))
    assert how == "holds the canary of the holdout"


def test_the_canary_and_the_salt_are_in_no_row_and_the_text_in_no_lock(
    made: tuple[Workspace, SplitResult],
) -> None:
    workspace, result = made
    folder = result.folder
    lock = folder.lock.read_text()
    assert result.canary in lock
    assert read_salt(workspace).hex() not in lock
    assert result.canary not in folder.holdout.read_text() + folder.train.read_text()
    assert not any(word in lock for word in held(made)[0].split() if word != "question")


def test_a_document_that_holds_a_holdout_row_is_refused(
    made: tuple[Workspace, SplitResult], tmp_path: Path
) -> None:
    workspace, result = made
    asked, answered = held(made)
    folder = tmp_path / "documents" / "inner"
    folder.mkdir(parents=True)
    (folder / "harmless.md").write_text("Nothing to see here, " * 40)
    (folder / "leak.md").write_text(f"# FAQ\n\nQ: {asked.title()}\n\n{answered}\n" + "more " * 90)
    (folder.parent / "canary.txt").write_text(f"x {result.canary} y")
    lock, salt = read_lock(result.folder.lock), read_salt(workspace)
    texts = read_documents(folder.parent)
    found = document_hits(lock, read_part(result.folder.holdout), texts, salt=salt)
    assert {hit.document for hit in found} == {"inner/leak.md", "canary.txt"}
    with pytest.raises(DataError, match=r"2 of 3 documents for retrieval .* inner/leak\.md"):
        refuse_documents(lock, read_part(result.folder.holdout), texts, salt=salt, use="retrieval")


def test_fingerprints_estimate_the_similarity() -> None:
    rng = random.Random(2)
    errors = []
    for _ in range(60):
        words = [f"w{rng.randrange(10**6)}" for _ in range(rng.randint(20, 200))]
        other = list(words)
        for at in rng.sample(range(len(words)), rng.randint(0, 4)):
            other[at] = "changed"
        a, b = " ".join(words), " ".join(other)
        left, right = shingles(a), shingles(b)
        true = len(left & right) / len(left | right)
        errors.append(agreement(signature(a, SALT), signature(b, SALT)) - true)
    assert abs(sum(errors) / len(errors)) < 0.03
    assert max(abs(one) for one in errors) < 0.3


@pytest.mark.parametrize("count", [6, 9, 12, 20, 60])
def test_near_texts_share_a_band_even_where_they_are_short(count: int) -> None:
    found = 0
    for seed in range(100):
        rng = random.Random(seed)
        words = [f"w{rng.randrange(10**6)}" for _ in range(count + 8)]
        one, other = " ".join(words), " ".join(words[:-1])
        left, right = signature(one, SALT), signature(other, SALT)
        found += bool({*bands(left)} & {*bands(right)}) and agreement(left, right) >= 0.5
    assert found >= 95


def test_a_fingerprint_of_nothing_is_near_nothing() -> None:
    assert signature("", SALT) == bytes(BYTES)
    assert signature("one two", SALT) != signature("one two", b"x" * 16)
    assert whole(example(line("A  b", "C"))) == "a b\nc"


@given(st.data())
def test_one_flipped_bit_in_a_lock_is_refused(data: st.DataObject) -> None:
    import tempfile

    rows = [
        LockedRow(keys=row_keys(example(row(n)), SALT), signature=signature(f"{n} a b c d", SALT))
        for n in range(3)
    ]
    whole_lock = lock_bytes(
        make_lock(rows, salt=SALT, source_sha256="0", counts="train 1", near="0.7")
    )
    at = data.draw(st.integers(0, 8 * len(whole_lock) - 1))
    flipped = bytearray(whole_lock)
    flipped[at // 8] ^= 1 << at % 8
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "holdout.lock"
        path.write_bytes(flipped)
        with pytest.raises(DataError, match="cannot be trusted"):
            read_lock(path)
        path.write_bytes(whole_lock)
        assert lock_bytes(read_lock(path)) == whole_lock


def test_a_lock_without_inputs_reads_back_as_it_was(tmp_path: Path) -> None:
    keys = RowKeys(row=b"r" * 16, norm=b"n" * 16, inputs=())
    lock = make_lock(
        [LockedRow(keys=keys, signature=bytes(BYTES))],
        salt=SALT,
        source_sha256="0",
        counts="train 1",
        near="0.7",
        parameters={"by": "topic\n\x1b[31m"},
        template=frozenset([b"12345678", b"abcdefgh"]),
    )
    path = tmp_path / "holdout.lock"
    path.write_bytes(lock_bytes(lock))
    assert read_lock(path) == lock
    assert b"\x1b" not in lock_bytes(lock)
