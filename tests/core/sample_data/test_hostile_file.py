"""The hostile file is what its builder makes, and really holds what it is for."""

import json
from pathlib import Path

from sample_data.build_hostile import RAW, TEXTS, build

FILE = Path(__file__).parents[3] / "sample_data" / "hostile.jsonl"


def test_the_builder_makes_the_committed_file_byte_for_byte() -> None:
    assert FILE.read_bytes() == build()


def test_every_text_comes_back_whole() -> None:
    lines = FILE.read_bytes().split(b"\n")
    for line, text in zip(lines, TEXTS.values(), strict=False):
        assert json.loads(line)["messages"][1]["content"] == text


def test_there_are_lines_that_parse_and_lines_that_do_not() -> None:
    broken = 0
    for line in RAW:
        try:
            json.loads(line)
        except (ValueError, RecursionError):
            broken += 1
    assert 0 < broken < len(RAW)


def test_one_line_is_longer_than_a_megabyte() -> None:
    assert max(map(len, FILE.read_bytes().split(b"\n"))) > 1_000_000
