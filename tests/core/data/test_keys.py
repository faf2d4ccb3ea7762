"""Published keys, to the last digit."""

import json
from typing import Any

from core.data.keys import RowKeys, merkle_root, row_keys
from core.data.sources import to_row

SALT = b"0123456789abcdef"
QUESTION, ANSWER = "Reset my password", "Open Settings, then Security."


def keys(
    question: str = QUESTION, answer: str = ANSWER, *, before: Any = (), flip: bool = False
) -> RowKeys:
    turns = [
        *before,
        {"role": "user", "content": question},
        {"role": "assistant", "content": answer},
    ]
    if flip:
        turns = [dict(reversed(list(turn.items()))) for turn in turns]
    row = to_row(json.dumps({"messages": turns}).encode(), number=1)
    assert row.example
    return row_keys(row.example, SALT)


A = keys()
B = keys(flip=True)
C = keys("reset  my PASSWORD", "Open Settings,\nthen Security.")
D = keys(answer="Call the help desk.")
E = keys(before=[{"role": "system", "content": "Be brief."}])
F = keys("\uff32\uff45\uff53\uff45\uff54 my password")


def test_row_keys_are_the_published_ones() -> None:
    assert [k.row.hex() for k in (A, B, C, D, E, F)] == [
        "d995a518d753ce262fa3e7a431679e45",
        "d995a518d753ce262fa3e7a431679e45",
        "0fe848d2046906f6bf380d9ef8306740",
        "0df8b2c5c990fc11e8372c5439b929d7",
        "3764da4b8ee65f2189f0e4c3c59fe746",
        "eb59ce268c1492622ee883c9da75eaf0",
    ]


def test_norm_keys_are_the_published_ones() -> None:
    assert {k.norm.hex() for k in (A, B, C, E, F)} == {"5756925f3dc10bb686b16f85e7db5e60"}
    assert D.norm.hex() == "fc95e39158fa6466b784fecc6ade9b0a"


def test_input_keys_are_the_published_one() -> None:
    assert {k.inputs for k in (A, B, C, D, E, F)} == {
        (bytes.fromhex("56732722ba65a4c04476cd0786c1b548"),)
    }


def test_merkle_roots_are_the_published_ones() -> None:
    assert merkle_root([A.row]).hex() == "6f9f3f6d091f94bee053aad763330dbc"
    assert merkle_root([D.row, A.row, C.row]).hex() == "f5b637331570a0dabf570fee01ce04f6"


def test_another_salt_gives_other_names() -> None:
    row = to_row(
        json.dumps({"messages": [{"role": "assistant", "content": "a"}]}).encode(), number=1
    )
    assert row.example
    assert row_keys(row.example, SALT) != row_keys(row.example, b"x" * 16)
