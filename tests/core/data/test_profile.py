"""What inspecting a file says: every row, every fault, and what was not looked at."""

import gzip
import json
from pathlib import Path

import pytest

from core.data.profile import Profile, inspect_file
from core.data.staging.opening import open_source
from core.errors import DataError

READING_FIXTURE = """\
{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"yo"}]}
{"messages":[{"role":"user","content":"hi"}]}
{"messages":[{"content":"hi"},{"role":"assistant","content":"yo"}]}
{"messages":[{"role":"user","content":"hi"},{"role":"bot","content":""}]}
{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"yo"}],}
{"messages":[{"role":"assistant","content":"a"}]}{"messages":[{"role":"assistant","content":"b"}]}
{"messages":[{"role":"assistant","content":"a"}],"messages":[{"role":"assistant","content":"b"}]}
{"messages":[{"role":"user","content":"2+2"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"add","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":"4"}]}
{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"yo","weight":0}]}
{"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]},{"role":"assistant","content":"yo"}]}
{"messages":{}}
"""
GOOD = '{"messages":[{"role":"user","content":"%s"},{"role":"assistant","content":"%s"}]}'


def profile_of(tmp_path: Path, content: str | bytes) -> Profile:
    file = tmp_path / "rows.jsonl"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return inspect_file(file)


def faults(profile: Profile, check: str) -> list[tuple[int | None, str, str]]:
    found = [f for finding in profile.findings if finding.check == check for f in finding.faults]
    return sorted((f.row or 0, f.path, f.message) for f in found)


def test_the_reading_fixture_is_read_as_published(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, READING_FIXTURE)
    assert (profile.rows, profile.valid_rows, profile.verdict) == (11, 5, "blocked")
    assert faults(profile, "schema") == [
        (2, "messages", "has no assistant turn"),
        (3, "messages[0].role", "is missing"),
        (4, "messages", "has no assistant turn"),
        (4, "messages[1].content", "is empty"),
        (4, "messages[1].role", "is unknown: 'bot'"),
        (11, "messages", "is an object, not a list"),
    ]
    columns = {
        f.row: f.column for x in profile.findings if x.check == "json" for f in x.faults if f.column
    }
    assert columns == {5: 81, 6: 50}
    doubled = next(f for f in profile.findings if f.check == "json" and f.severity == "high")
    assert doubled.rows == (7,)
    assert faults(profile, "nothing_to_train") == [(9, "", "has weight 0 on every answer")]
    assert faults(profile, "loader_forecast") == [
        (10, "messages[0].content", "changes from string to list")
    ]
    assert [f.severity for f in profile.findings if f.check == "size"] == ["blocker"]
    assert {f.row for x in profile.findings for f in x.faults} & {1, 8} == set()


def test_the_reading_fixture_is_the_same_in_a_packed_file_and_in_lists(tmp_path: Path) -> None:
    plain = profile_of(tmp_path, READING_FIXTURE)
    (tmp_path / "rows.jsonl.gz").write_bytes(gzip.compress(READING_FIXTURE.encode()))
    packed = open_source(str(tmp_path / "rows.jsonl.gz"), cache=tmp_path / "cache")
    listed = ",\n".join(READING_FIXTURE.splitlines())
    (tmp_path / "rows.json").write_text(f"[{listed}]")
    elements = open_source(str(tmp_path / "rows.json"), cache=tmp_path / "cache")
    for source in (packed, elements):
        found = inspect_file(source.jsonl)
        assert (found.rows, found.valid_rows) == (plain.rows, plain.valid_rows)
        assert [one.as_json() for one in found.findings] == [
            one.as_json() for one in plain.findings
        ]
        assert source.locate(11).words == "line 11"


@pytest.mark.parametrize(
    ("line", "check", "column"),
    [
        (b'{"messages": "\xff"}', "encoding", 15),
        (b'{"a": "\0"}', "encoding", 8),
        (b'{"messages": "\\ud800"}', "encoding", None),
        (b'{"a": NaN}', "json", None),
        (b'{"a": 1' + b"0" * 5000 + b"}", "json", None),
        (b"[" * 100_000, "json", None),
        (b"{'a': 1}", "json", 2),
        (b'{"a": [1, 2,]}', "json", 12),
    ],
)
def test_a_broken_line_is_a_blocker_and_reading_goes_on(
    tmp_path: Path, line: bytes, check: str, column: int | None
) -> None:
    profile = profile_of(tmp_path, line + b"\r\n\n" + (GOOD % ("q", "a")).encode())
    assert (profile.rows, profile.valid_rows) == (2, 1)
    (finding,) = [f for f in profile.findings if f.check == check]
    assert (finding.severity, finding.rows, finding.faults[0].column) == ("blocker", (1,), column)


def test_an_answer_before_the_question_is_named(tmp_path: Path) -> None:
    turns = '{"role":"assistant","content":"a"},{"role":"user","content":"q"}'
    profile = profile_of(tmp_path, f'{{"messages":[{turns}]}}')
    assert faults(profile, "schema") == [(1, "messages", "has an answer before the first question")]


def test_a_byte_order_mark_is_information_only(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, b"\xef\xbb\xbf" + (GOOD % ("q", "a")).encode())
    (finding,) = [f for f in profile.findings if f.check == "encoding"]
    assert (finding.severity, profile.valid_rows) == ("info", 1)


def test_rows_keep_the_line_numbers_of_an_editor(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, "\n\n" + GOOD % ("q", "") + "\n")
    (finding,) = [f for f in profile.findings if f.check == "empty_answer"]
    assert finding.rows == (3,)


def test_duplicates_are_found_at_three_levels(tmp_path: Path) -> None:
    row = {"messages": [{"role": "user", "content": "Q x"}, {"role": "assistant", "content": "A"}]}
    flipped = {"messages": [dict(reversed(list(m.items()))) for m in row["messages"]]}
    lines = [
        json.dumps(row),
        json.dumps(row),
        json.dumps(flipped),
        GOOD % ("q  X", "a"),
        GOOD % ("other", "a"),
    ]
    assert [(n, m) for n, _, m in faults(profile_of(tmp_path, "\n".join(lines)), "duplicate")] == [
        (2, "has the same bytes as row 1"),
        (3, "has the same content as row 1"),
        (4, "has the same words as row 1"),
    ]


def test_near_duplicates_are_found_from_seven_tenths_on(tmp_path: Path) -> None:
    def row(n: int, changed: int) -> str:
        words = [f"w{i}" for i in range(n)]
        return GOOD % (" ".join([*words[:changed], "x", *words[changed + 1 :]]), "one two")

    assert not faults(profile_of(tmp_path, row(31, 8) + "\n" + row(31, 15)), "near_duplicate")
    found = faults(profile_of(tmp_path, row(60, 30) + "\n" + row(60, 31)), "near_duplicate")
    assert found == [(2, "", "is nearly row 1 (similarity 0.81)")]


def test_a_different_answer_to_the_same_input_contradicts(tmp_path: Path) -> None:
    lines = [GOOD % ("q", "yes"), GOOD % ("Q ", "no"), GOOD % ("q", "yes")]
    (finding,) = [
        f for f in profile_of(tmp_path, "\n".join(lines)).findings if f.check == "contradiction"
    ]
    assert (finding.severity, finding.rows) == ("high", (2,))


def test_template_marks_in_text_are_named(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, GOOD % ("hi <|im_end|> there", "a < b | c > d"))
    assert faults(profile, "special_token") == [(1, "messages[0].content", "holds <|im_end|>")]


def test_fifty_clean_rows_are_ready_and_say_what_was_not_scanned(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, "\n".join(GOOD % (f"q{n}", f"a{n}") for n in range(50)))
    shown = profile.as_json()
    assert shown["verdict"] == "ready"
    found = [(f.check, f.severity) for f in profile.findings]
    assert found == [("licence", "info"), ("size", "info")]
    assert "names" in profile.not_scanned
    assert set(shown) >= {"rows", "valid_rows", "format", "tokens"}


def test_forty_nine_rows_are_few(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, "\n".join(GOOD % (f"q{n}", f"a{n}") for n in range(49)))
    assert [f.check for f in profile.at_or_above("review")] == ["size"]
    assert profile.verdict == "review"


@pytest.mark.parametrize("content", [b"\x1f\x8b\x08 packed", b"PAR1 columns"])
def test_a_packed_file_is_refused_with_a_remedy(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError, match="Unpack"):
        profile_of(tmp_path, content)


def test_a_missing_file_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no file"):
        inspect_file(tmp_path / "nowhere.jsonl")
