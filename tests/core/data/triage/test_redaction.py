"""What is covered is gone everywhere in its row, the same value by the same stand-in."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.data.detect.find import find_spans
from core.data.sources import file_sha256
from core.data.triage import redaction
from core.data.triage.clean import clean_file
from core.data.triage.desk import Desk
from core.data.triage.redaction import StandIns, redact
from core.workspace import create_workspace

NOW = datetime(2026, 5, 4, tzinfo=UTC)
MAIL, OTHER = "jo.meier@web.de", "ann@orange.fr"
TOKEN = "AKIA" + "Q7ZPL2M4N5XR3TYW"
CARD = "4012 8888 8888 1881"


def line(*texts: str) -> bytes:
    turns = [{"role": "user", "content": text} for text in texts]
    return json.dumps({"messages": turns, "note": f"from {MAIL}"}, ensure_ascii=False).encode()


def covered(*lines: bytes) -> list[str]:
    change = redact(list(enumerate(lines, start=1)), StandIns(b"s" * 16))
    assert change is not None
    return [cover.stand_in for row in change.rows for cover in row.covers]


def test_a_value_has_one_stand_in_in_every_row_and_field() -> None:
    first, second = line(f"write to {MAIL} or {OTHER}"), line(f"again {OTHER}, \u00fcber {MAIL}!")
    assert covered(first, second) == [
        "<EMAIL_1>",
        "<EMAIL_2>",
        "<EMAIL_1>",
        "<EMAIL_2>",
        "<EMAIL_1>",
        "<EMAIL_1>",
    ]


def test_a_byte_order_mark_hides_nothing() -> None:
    marked = b"\xef\xbb\xbf" + line(f"write to {OTHER}")
    assert covered(marked) == ["<EMAIL_1>", "<EMAIL_2>"]


def test_names_of_fields_and_json_inside_a_text_are_covered_too() -> None:
    row = json.dumps({"x": {MAIL: 1}, "arguments": json.dumps({"to": MAIL})}).encode()
    assert covered(row) == ["<EMAIL_1>", "<EMAIL_1>"]


def test_no_trace_is_left_in_what_is_written(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "ws")
    source = tmp_path / "rows.jsonl"
    rows = [line(f"my card {CARD}, mail {MAIL}"), line("nothing"), line(f"key {TOKEN} and \u200b")]
    source.write_bytes(b"\n".join(rows) + b"\n")
    desk = Desk.open(
        workspace, source, sha256=file_sha256(source), salt=b"s" * 16, by="ann", now=NOW
    )
    change = redact(list(enumerate(rows, start=1)), desk.stand_ins())
    assert change is not None
    desk.do(change, now=NOW)
    written = clean_file(source, desk.path, tmp_path / "out" / "clean.jsonl")
    for file in (*(tmp_path / "out").iterdir(), desk.path):
        content = file.read_text()
        for value in (MAIL, TOKEN, CARD, CARD.replace(" ", ""), TOKEN[4:]):
            assert value not in content, file.name
    for cleaned in written.output.read_bytes().splitlines():
        assert json.loads(cleaned)
        assert find_spans(cleaned + b"\0") == []
    report = json.loads((tmp_path / "out" / "clean.report.json").read_bytes())
    assert report["covered"]["email"] == 4


def test_stand_ins_go_on_counting_after_a_restart_and_an_undo(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "ws")
    source = tmp_path / "rows.jsonl"
    source.write_bytes(line(MAIL) + b"\n" + line(OTHER) + b"\n")

    def desk() -> Desk:
        return Desk.open(workspace, source, sha256="00", salt=b"s" * 16, by="ann", now=NOW)

    first = redact([(1, line(MAIL))], desk().stand_ins())
    assert first is not None
    desk().do(first, now=NOW)
    desk().undo(now=NOW)
    second = redact([(2, line(OTHER))], desk().stand_ins())
    assert second is not None
    assert {c.stand_in for row in second.rows for c in row.covers} == {"<EMAIL_1>", "<EMAIL_2>"}
    by_value = desk().stand_ins()
    assert by_value.of("email", MAIL)[0] == "<EMAIL_1>"


@pytest.mark.parametrize("text", ["", "a\u0000b", "\ud83d\ude00 " + MAIL, "\\ud800 " + MAIL])
def test_odd_texts_keep_their_places(text: str) -> None:
    row = json.dumps({"messages": [{"content": text}, {"content": f"<{OTHER}>"}]}).encode()
    change = redact([(1, row)], StandIns(b"s" * 16))
    assert change is not None
    last = change.rows[0].covers[-1]
    assert (last.start, last.end) == (1, 1 + len(OTHER))


def test_rows_that_are_searched_together_are_covered_as_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [line(f"row {n}: \u00fc{'x' * n} {MAIL}", f"{OTHER}\u200b {CARD}") for n in range(40)]
    numbered = list(enumerate(rows, start=1))
    together = redact(numbered, StandIns(b"s" * 16))
    monkeypatch.setattr(redaction, "_TOGETHER", 1)
    assert together == redact(numbered, StandIns(b"s" * 16))
    looks: list[bytes] = []
    monkeypatch.setattr(redaction, "_TOGETHER", 3000)
    monkeypatch.setattr(redaction, "find_spans", lambda text: looks.append(text) or [])
    redact(numbered, StandIns(b"s" * 16))
    assert 1 < len(looks) < 5
