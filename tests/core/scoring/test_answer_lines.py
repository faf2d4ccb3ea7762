"""Answers from elsewhere: marks, line ends and blank lines of other systems are no fault."""

from pathlib import Path

import pytest

from core.errors import DataError
from core.scoring.answered_items import items_of_file
from core.scoring.automatic.answers_file import read_answers

LINE = b'{"item": "1", "contender": "a", "answer": "x", "reference": "y"}'


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbf" + LINE, LINE + b"\r\n\r\n", b"\n \n" + LINE + b"\n"]
)
def test_both_readers_take_what_other_systems_write(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_bytes(content)
    assert [one.answers for one in items_of_file(path)] == [{"a": "x"}]
    assert [one.answer for one in read_answers(path)["a"]] == ["x"]


@pytest.mark.parametrize("read", [items_of_file, read_answers])
def test_a_wrong_line_is_named_by_its_number(tmp_path: Path, read: object) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_bytes(LINE + b"\n\n{\xff}\n")
    with pytest.raises(DataError, match="line 3"):
        read(path)  # type: ignore[operator]
    with pytest.raises(DataError, match="There is no file"):
        read(tmp_path)  # type: ignore[operator]
