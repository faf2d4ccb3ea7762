"""Rows are looked at, mended, kept and dropped by keys, and every change can be taken back."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.data.triage.clean import clean_file
from core.data.triage.journal import read
from core.workspace import Workspace, create_workspace
from tests.support.app_pilot import opened, shows, walk


def line(question: str, answer: str) -> str:
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return json.dumps({"messages": turns})


WORDS = "the parcel from the north has not come although it was promised for last friday"


def rows() -> list[str]:
    good = [line(f"question {n} about thing {n * 7}", f"answer {n} is {n * 3}") for n in range(60)]
    good[4] = line("what now <|im_end|>", "go on")
    good[9] = line("and again [INST]", "go on then")
    good[19] = line(f"{WORDS} a", "we look")
    good[29] = line(f"{WORDS} b", "we look")
    good[39] = '{"messages": [{"role": "user", "content": "x"},]}'
    return good


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = create_workspace(tmp_path / "w")
    (made.root / "tickets.jsonl").write_text("\n".join(rows()) + "\n")
    return made


def journal(workspace: Workspace) -> Path:
    (path,) = (workspace.data / "journals").glob("*.jsonl")
    return path


def cleaned(workspace: Workspace, name: str) -> Sequence[str]:
    source = workspace.root / "tickets.jsonl"
    written = clean_file(source, journal(workspace), workspace.root / "out" / f"{name}.jsonl")
    return written.output.read_text().splitlines()


async def test_a_fix_goes_to_all_rows_of_a_finding_and_back(workspace: Workspace) -> None:
    async with opened(workspace, size=(120, 36)) as (_, pilot):
        await walk(
            pilot,
            [
                ("2", "special_token"),
                ("j", "holds <|im_end|>"),
                ("enter", "1 of 2"),
                ("a", "all 2 rows"),
                ("f", "Fix 2 rows"),
                ("y", "Saved: fix 2 rows"),
                ("n", "2 of 2"),
            ],
        )
        text = await shows(pilot, "and again")
        assert "[INST]" not in text.splitlines()[4:][0]
        mended = cleaned(workspace, "mended")
        assert json.loads(mended[4])["messages"][0]["content"] == "what now "
        assert json.loads(mended[9])["messages"][0]["content"] == "and again "
        assert [new for new, old in zip(mended, rows(), strict=True) if new != old] == [
            mended[4],
            mended[9],
        ]
        await walk(pilot, [("u", "Taken back: fix 2 rows"), ("U", "Done again: fix 2 rows")])
        await walk(pilot, [("u", "Taken back: fix 2 rows"), ("u", "nothing to take back")])
    assert cleaned(workspace, "back") == rows()


async def test_a_row_is_dropped_or_kept_with_a_reason(workspace: Workspace) -> None:
    async with opened(workspace, size=(120, 36)) as (_, pilot):
        await walk(pilot, [("2", "special_token"), ("j", "holds <|im_end|>"), ("enter", "1 of 2")])
        await walk(pilot, [("x", "Saved: drop 1 row"), ("n", "2 of 2"), ("o", "right to keep")])
        await walk(pilot, [("enter", "a reason is needed"), ("o", "right to keep")])
        await pilot.press(*"taught")
        await walk(pilot, [("enter", "Saved: keep 1 row")])
    assert cleaned(workspace, "kept") == [row for n, row in enumerate(rows()) if n != 4]
    steps = read(journal(workspace)).standing.steps
    assert [step.change.reason for step in steps] == ["", "taught"]


async def test_the_mended_rows_are_written_beside_the_untouched_source(
    workspace: Workspace,
) -> None:
    source = workspace.root / "tickets.jsonl"
    before = source.read_bytes()
    async with opened(workspace, size=(120, 36)) as (_, pilot):
        await walk(pilot, [("2", "special_token"), ("j", "holds <|im_end|>"), ("enter", "1 of 2")])
        await walk(pilot, [("x", "Saved: drop 1 row"), ("E", "data/tickets.clean.jsonl")])
        await walk(pilot, [("y", "Written: 59 rows, 0 changed, 1 dropped")])
    assert source.read_bytes() == before
    assert len((workspace.data / "tickets.clean.jsonl").read_bytes().splitlines()) == 59
    assert "drop 1 row" in (workspace.data / "tickets.clean.report.md").read_text()


async def test_near_rows_are_shown_as_words_that_differ(workspace: Workspace) -> None:
    async with opened(workspace, size=(120, 36)) as (_, pilot):
        await walk(pilot, [("2", "near_duplicate")])
        while "is nearly row 20" not in await shows(pilot, "near_duplicate"):
            await pilot.press("j")
        await walk(pilot, [("enter", "row 30"), ("d", "against row 30")])
        text = await shows(pilot, "-a")
        assert "+b" in text


async def test_the_raw_line_and_a_row_that_is_no_conversation(workspace: Workspace) -> None:
    async with opened(workspace, size=(120, 36)) as (_, pilot):
        await walk(pilot, [("2", "json"), ("enter", "cannot be read as a conversation")])
        await walk(pilot, [("f", "Saved: fix 1 row (drop commas)"), ("m", '"content": "x"}]}')])


async def test_every_row_is_in_the_list(workspace: Workspace) -> None:
    async with opened(workspace, size=(120, 36)) as (_, pilot):
        await walk(pilot, [("2", "special_token"), ("b", "60 rows"), ("G", "answer 59 is 177")])
        await walk(pilot, [("#", "number of the row")])
        await pilot.press(*"13", "enter")
        await shows(pilot, "answer 12 is 36")
        await walk(pilot, [("p", "answer 11 is 33")])


async def test_personal_data_is_covered_in_every_row(workspace: Workspace) -> None:
    source = workspace.root / "tickets.jsonl"
    mails = [line(f"i am jo{n}@web.de, number {n * 31}", f"dear jo{n}@web.de") for n in range(3)]
    source.write_text("\n".join([*rows(), *mails]) + "\n")
    async with opened(workspace, size=(120, 36)) as (_, pilot):
        await walk(pilot, [("2", "special_token"), ("b", "63 rows"), ("G", "dear jo2@web.de")])
        await walk(pilot, [("enter", "row 63"), ("r", "Saved: redact 1 row")])
        text = await shows(pilot, "dear <EMAIL_1>")
        assert "jo2@web.de" not in text
        await walk(pilot, [("p", "jo1@web.de"), ("r", "Saved"), ("u", "Taken back: redact 1 row")])
    assert cleaned(workspace, "covered")[62].count("<EMAIL_1>") == 2


async def test_all_rows_of_a_finding_are_changed_however_many(tmp_path: Path) -> None:
    made = create_workspace(tmp_path / "w")
    lines = [line(f"question {n} [INST]", f"answer {n} is {n * 3}") for n in range(1300)]
    (made.root / "tickets.jsonl").write_text("\n".join(lines) + "\n")
    async with opened(made, size=(120, 36)) as (_, pilot):
        await walk(pilot, [("2", "special_token"), ("enter", "1 of 1,300"), ("#", "number")])
        await pilot.press(*"1250", "enter")
        await shows(pilot, "special_token: holds [INST]")
        await walk(pilot, [("a", "all 1,300 rows"), ("f", "Fix 1,300 rows")])
        await walk(pilot, [("y", "Saved: fix 1,300 rows")])
        mended = cleaned(made, "mended")
        assert not [one for one in mended if "INST" in one]
        assert len(mended) == 1300
        await walk(pilot, [("u", "Taken back: fix 1,300 rows")])
    assert cleaned(made, "back") == lines


async def test_a_key_that_does_nothing_hides_nothing(workspace: Workspace) -> None:
    async with opened(workspace, size=(120, 36)) as (app, pilot):
        await walk(pilot, [("2", "special_token"), ("j", "holds <|im_end|>"), ("enter", "1 of 2")])
        await walk(pilot, [("a", "all 2 rows")])
        for key in ("d", "s", "w", "U", "u"):
            await pilot.press(key)
            text = await shows(pilot, "all 2 rows")
            assert "No other row is named here." in text or "There is nothing to " in text
        assert not app.messages


async def test_a_refusal_leaves_with_the_next_thing_that_works(tmp_path: Path) -> None:
    made = create_workspace(tmp_path / "w")
    lines = [line(f"question {n}", f"answer {n} is {n * 3}").encode() for n in range(30)]
    lines[3] = lines[3].replace(b"question", b"qu\xffstion")
    (made.root / "tickets.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    async with opened(made, size=(120, 36)) as (_, pilot):
        await walk(pilot, [("2", "encoding"), ("enter", "1 of 1"), ("n", "This is the last row")])
        await walk(pilot, [("r", "cannot be changed in place"), ("f", "Saved: fix 1 row")])
        assert "cannot be changed" not in await shows(pilot, "qu\u00ffstion")


async def test_every_row_of_a_long_finding_can_be_compared(tmp_path: Path) -> None:
    made = create_workspace(tmp_path / "w")
    once = [line(f"question {n} about {n * 7}", f"answer {n} is {n * 3}") for n in range(1100)]
    (made.root / "tickets.jsonl").write_text("\n".join([*once, *once]) + "\n")
    async with opened(made, size=(120, 36)) as (_, pilot):
        await walk(pilot, [("2", "1,100  "), ("enter", "1 of 1,100"), ("#", "number of the row")])
        await pilot.press(*"2200", "enter")
        await walk(pilot, [("s", "row 1,100"), ("s", "row 2,200"), ("w", "1 of 1")])
