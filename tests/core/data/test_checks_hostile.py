"""Each check against rows that try to fool it, by hiding what is there or by looking alike."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.data.asked import Asked
from core.data.checking import all_checks
from core.data.profile import inspect_file

LONG = " ".join(f"w{n}" for n in range(60))


def row(*turns: Any, **beside: object) -> str:
    """Return a row whose turns alternate between user and assistant; a mapping is taken as is."""
    messages = [
        turn if isinstance(turn, dict) else {"role": role, "content": turn}
        for role, turn in zip(["user", "assistant"] * len(turns), turns, strict=False)
    ]
    return json.dumps({"messages": messages, **beside}, ensure_ascii=False)


def labels(*texts: str) -> list[str]:
    return [row(f"question {n}", text) for n, text in enumerate(texts)]


SYSTEM = {"role": "system", "content": "Be brief."}
PROMPTED = [
    row(SYSTEM, {"role": "user", "content": f"q{n}"}, {"role": "assistant", "content": f"a{n}"})
    for n in range(10)
]
HIDDEN = [
    ("balance", labels(*["\x1b[31mspam"] * 9, "ham"), {None}),
    ("boilerplate", [row("q", "AS AN AI LANGUAGE MODEL, I ‘must’ decline.")], {1}),
    ("boilerplate", [row("q", "I’m Sorry, But I Can’t Assist with it")], {1}),
    ("contradiction", [row("Is  IT on?", "Yes"), row("Ｉs it on?", "No")], {2}),
    ("conversation", [row(*["q", "a"] * 400, "q")], {1}),
    ("duplicate", [row("A b", "c"), row("\ta\n B", "Ｃ")], {2}),
    ("duplicate", [row("a", "e\u0301"), row("a", "é")], {2}),
    ("empty_answer", [row("q", "\u00a0\u2028\t\x1f")], {1}),
    ("encoding", [row("q", "\ud800")], {1}),
    ("holdout_leak", [row("WHERE  is it?", "elsewhere")], {1}),
    ("invisible", [row("q", "pass\u2060word")], {1}),
    ("invisible", [row("\U000e0041 tag", "a")], {1}),
    ("json", ["[" * 3_000], {1}),
    ("licence", [row("q", "a", license=" UNKNOWN")], {1}),
    ("loader_forecast", [row("q", "a"), row([{"type": "text", "text": "q"}], "a")], {2}),
    ("near_duplicate", [row(LONG, "ok"), row(LONG.upper() + " more", "ok")], {2}),
    ("nothing_to_train", [row("q", {"role": "assistant", "content": "a", "weight": 0.0})], {1}),
    ("personal", [row("q", "４１１１\u200b-1111-1111-1111")], {1}),
    ("provider_rules", [row("q", "a<|fim_suffix|>")], {1, None}),
    ("schema", [json.dumps({"messages": {"role": "user"}})], {1}),
    ("secret", [row("q", "AKIA\u200bQ4T7KX2MZP5WLN3R")], {1}),
    ("size", [""] * 600 + [row("q", "a")], {None}),
    ("special_token", [row("q", "[InSt] <<sYs>>")], {1}),
    ("system_prompt", [*PROMPTED, row("system: Be brief.", "a")], {11}),
    ("truncation", [row("q", "🦉" * 700)], {1}),
]
ALIKE = [
    ("balance", labels("yes", "no")),
    ("boilerplate", [row("q", "She said: as an air steward, I speak a language. Model it.")]),
    ("contradiction", [row("ab c", "x"), row("a bc", "y")]),
    ("conversation", PROMPTED),
    ("duplicate", [row("a", "b c"), row("a b", "c")]),
    ("duplicate", [row("a", "b", "c", "d"), row("c", "b", "a", "d")]),
    ("empty_answer", [row("q", "\u200b.")]),
    ("encoding", [row("q", "\ufffd 🦉 \u0080")]),
    ("holdout_leak", [row("Where is it not?", "There.")]),
    ("invisible", [row("q", "नमस्ते 👩\u200d🚀 می\u200cخواهم")]),
    ("json", ["[" * 100 + "]" * 100]),
    ("licence", [row("q", "c) 2020 was a year, right (reserved)", license="MIT")]),
    (
        "loader_forecast",
        [row("q", "a"), row("r", {"role": "assistant", "content": None, "tool_calls": [{}]})],
    ),
    ("near_duplicate", [row("", ""), row("yes", "no"), row("yes", "so")]),
    ("nothing_to_train", [row("q", {"role": "assistant", "content": "a", "weight": 0}, "q", "b")]),
    ("personal", [row("q", "2024-05-17 12:33:01, 550e8400-e29b-41d4-a716-446655440000")]),
    ("provider_rules", [row("q", "a <fim_suffix> | b")] * 10),
    ("schema", [row("q", {"role": "assistant", "content": None, "tool_calls": [{"id": "c"}]})]),
    ("secret", [row("q", 'password = os.environ["DB"], sk-xxxx, ${TOKEN}')]),
    ("size", labels(*"a" * 100)),
    ("special_token", [row("q", "< |im_end| >, a|b|c, <ss> and [ INST ]")]),
    ("system_prompt", [row("q", "a"), row("r", "b")]),
    ("truncation", [row("q", "é" * 900)]),
]


def rows_found(tmp_path: Path, check: str, lines: list[str]) -> set[int | None]:
    """Return the rows that a check names; None where it speaks of the file."""
    (tmp_path / "held.jsonl").write_text(row("Where is it?", "There."))
    file = tmp_path / "rows.jsonl"
    file.write_bytes("\n".join(lines).encode(errors="surrogatepass"))
    profile = inspect_file(file, Asked(against=tmp_path / "held.jsonl", provider="openai"))
    faults = [fault for f in profile.findings if f.check == check for fault in f.faults]
    assert all(fault.message.isprintable() for fault in faults)
    return {fault.row for fault in faults}


@pytest.mark.parametrize(("check", "lines", "rows"), HIDDEN)
def test_what_hides_is_found(
    tmp_path: Path, check: str, lines: list[str], rows: set[int | None]
) -> None:
    assert rows_found(tmp_path, check, lines) == rows


@pytest.mark.parametrize(("check", "lines"), ALIKE)
def test_what_only_looks_alike_is_left_alone(tmp_path: Path, check: str, lines: list[str]) -> None:
    assert rows_found(tmp_path, check, lines) == set()


def test_every_check_is_tried_both_ways() -> None:
    assert set(all_checks()) == {check for check, *_ in HIDDEN} == {check for check, *_ in ALIKE}
