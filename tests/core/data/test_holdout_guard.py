"""Nothing that touches the holdout gets past the lock: rows, near rows, documents, canaries."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.alike import signatures, whole, worth_a_look
from core.data.dataset import ensure_salt, read_part, read_salt
from core.data.documents import document_hits, read_documents, refuse_documents
from core.data.holdout_guard import HoldoutGuard
from core.data.holdout_lock import SIGNATURE_BYTES, LockedRow, lock_bytes, make_lock, read_lock
from core.data.keys import RowKeys, row_keys
from core.data.rows import Example
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


def look(guard: HoldoutGuard, text: str) -> str | None:
    return next((hit.how for hit in guard.hits([example(text)])), None)


def held(made: tuple[Workspace, SplitResult]) -> tuple[str, str]:
    asked, answered = read_part(made[1].folder.holdout)[0].messages
    return asked.text, answered.text


def test_every_row_of_a_split_passes_its_own_lock(made: tuple[Workspace, SplitResult]) -> None:
    folder = made[1].folder
    guard = guard_of(made)
    assert guard.hits([*read_part(folder.train), *read_part(folder.validation)]) == []
    assert len(guard.hits(read_part(folder.holdout))) == made[1].holdout


@pytest.mark.parametrize("text", [True, False])
def test_a_near_row_is_found_by_its_fingerprint(
    made: tuple[Workspace, SplitResult], text: bool
) -> None:
    asked, answered = held(made)
    near = line(asked.replace("question", "query"), f"{answered} again")
    how = look(guard_of(made, text=text), near)
    expected = "is nearly a holdout row (0.9" if text else "looks nearly like a holdout row (about"
    assert how is not None
    assert how.startswith(expected)


def test_a_row_that_only_its_fingerprint_calls_near_passes_where_the_words_can_be_read(
    made: tuple[Workspace, SplitResult],
) -> None:
    asked, _ = held(made)
    half = line(" ".join(asked.split()[:26]), "altogether different words end this row here")
    assert look(guard_of(made), half) is None


def test_the_canary_of_a_holdout_is_noticed(made: tuple[Workspace, SplitResult]) -> None:
    canary = made[1].canary.upper()
    how = look(guard_of(made), line(f"data set {canary}", "fine"))
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


def test_a_fingerprint_of_nothing_is_near_nothing() -> None:
    nothing, one, other = signatures(["", "one two", "one two"], SALT)
    assert len(nothing) == SIGNATURE_BYTES
    assert one == other != signatures(["one two"], b"x" * 16)[0]
    assert worth_a_look([nothing], ["", "one two"], SALT) == {}
    assert worth_a_look([one], ["", "one two"], SALT) == {1: 1.0}
    assert whole(example(line("A  b", "C"))) == "a b\0c"


@given(st.data())
@settings(deadline=None)
def test_one_flipped_bit_in_a_lock_is_refused(data: st.DataObject) -> None:
    import tempfile

    rows = [
        LockedRow(
            keys=row_keys(example(row(n)), SALT), signature=signatures([f"{n} a b c d"], SALT)[0]
        )
        for n in range(3)
    ]
    whole_lock = lock_bytes(make_lock(rows, salt=SALT, source=[], counts="train 1", near="0.7"))
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
        [LockedRow(keys=keys, signature=bytes(SIGNATURE_BYTES))],
        salt=SALT,
        source=[],
        counts="train 1",
        near="0.7",
        parameters={"by": "topic\n\x1b[31m"},
        template=frozenset([b"12345678", b"abcdefgh"]),
    )
    path = tmp_path / "holdout.lock"
    path.write_bytes(lock_bytes(lock))
    assert read_lock(path) == lock
    assert b"\x1b" not in lock_bytes(lock)
