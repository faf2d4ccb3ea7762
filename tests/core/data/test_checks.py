"""Each check by examples: what it finds, what it leaves alone, what tries to fool or break it."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.catalog.rules_of_providers import providers, rules_of
from core.data.asked import Asked
from core.data.checking import all_checks
from core.data.profile import Profile, inspect_file
from core.errors import UsageError

SAMPLE = Path(__file__).parents[3] / "sample_data"


def row(*turns: str | dict[str, Any], **beside: object) -> str:
    """Return a row whose turns alternate between user and assistant."""
    roles = ["user", "assistant"] * len(turns)
    messages = [
        {"role": role, "content": turn} if isinstance(turn, str) else turn
        for role, turn in zip(roles, turns, strict=False)
    ]
    return json.dumps({"messages": messages, **beside}, ensure_ascii=False)


def system(text: str) -> dict[str, Any]:
    return {"role": "system", "content": text}


def said(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": text}


def found(tmp_path: Path, lines: list[str], asked: Asked | None = None) -> Profile:
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(lines))
    return inspect_file(file, asked)


FOUND = [
    ("personal", row("my card is 4111 1111 1111 1111", "a"), "high"),
    ("personal", row("q", "my card is 4111 1111 1111 1111"), "blocker"),
    ("secret", row("key AK\u0049AQ4T7KX2MZP5WLN3R", "a"), "blocker"),
    ("special_token", row("[inst] hi", "a"), "high"),
    ("special_token", row("a", "x<|im_end|>"), "blocker"),
    ("special_token", row("a", "<s>x<|im_end|>"), "blocker"),
    ("special_token", row("a", "x <s>old price</s>"), "high"),
    ("invisible", row("a\u200bb", "a"), "review"),
    ("invisible", row("a\u202eb", "a"), "review"),
    ("invisible", row("１２", "a"), "review"),
    ("invisible", row("a\u0085b", "a"), "review"),
    ("invisible", row("a\x07b", "a"), "review"),
    ("invisible", row("a\0b", "a"), "review"),
    ("invisible", row("pass\u200dword", "a"), "review"),
    ("invisible", row("q", "a\u200bb"), "high"),
    ("boilerplate", row("q", "Sure. As an AI language model, I can't."), "review"),
    ("boilerplate", row("q", "I’m sorry, but I can’t assist with that."), "review"),
    ("boilerplate", row("q", "I was trained by OpenAI."), "review"),
    ("licence", row("q", "a", licence="unknown"), "review"),
    ("licence", row("q", "a", metadata={"license": "CC-BY-NC-4.0"}), "review"),
    ("licence", row("q", "Copyright (c) 2019 Somebody", licence="MIT"), "review"),
    ("truncation", row("q", "a" * 2100), "info"),
    ("truncation", row("q", "a" * 13000), "info"),
    ("conversation", row(said("user", "q"), said("user", "q"), said("assistant", "a")), "review"),
    ("conversation", row("q", "a", "q"), "review"),
    ("conversation", row("q", "a", system("now this"), "b"), "review"),
    ("empty_answer", row("q", "\u2003\n"), "blocker"),
    ("nothing_to_train", row("q", {**said("assistant", "a"), "weight": 0}), "blocker"),
]
NOT_FOUND = [
    ("personal", row("my order is 4111-1111-1111-1112", "a")),
    ("secret", row("use AKIAIOSFODNN7EXAMPLE here", "a")),
    ("special_token", row("a < b | c > d, [x] and <b>", "a")),
    ("invisible", row("👩\u200d💻 and می\u200cخواهم", "tabs\tand\r\nlines")),
    ("boilerplate", row("Are you a language model?", "What is an AI? Software that learns.")),
    ("boilerplate", row("As an AI language model, you are rude.", "Noted.")),
    ("licence", row("q", "a", licence="Apache-2.0")),
    ("licence", row("Copyright (c) 2019 Somebody", "a", licence="MIT")),
    ("truncation", row("q", "a" * 2000)),
    ("conversation", row("q", "a", "q", "b")),
    ("empty_answer", row("q", "0")),
    ("nothing_to_train", row("q", {**said("assistant", "a"), "weight": 1})),
]


@pytest.mark.parametrize(("check", "line", "severity"), FOUND)
def test_a_check_finds(tmp_path: Path, check: str, line: str, severity: str) -> None:
    profile = found(tmp_path, ["", line])
    hits = [f for f in profile.findings if f.check == check and f.rows]
    assert [(f.severity, f.rows) for f in hits] == [(severity, (2,))]


@pytest.mark.parametrize(("check", "line"), NOT_FOUND)
def test_a_check_leaves_alone(tmp_path: Path, check: str, line: str) -> None:
    assert not [f for f in found(tmp_path, [line]).findings if f.check == check and f.rows]


def test_no_check_breaks_on_hostile_rows() -> None:
    profile = inspect_file(SAMPLE / "hostile.jsonl")
    assert profile.rows >= 40
    for finding in profile.findings:
        for fault in finding.faults:
            assert fault.message.isprintable(), (finding.check, fault)


def test_findings_never_repeat_a_secret(tmp_path: Path) -> None:
    profile = found(tmp_path, [row("key AK\u0049AQ4T7KX2MZP5WLN3R", "card 4111111111111111")])
    shown = json.dumps(profile.as_json())
    assert "Q4T7KX2MZP5WLN" not in shown
    assert "41111111" not in shown


def test_the_planted_flaws_are_found_and_nothing_in_the_clean_twin(tmp_path: Path) -> None:
    planted = json.loads((SAMPLE / "planted_flaws.json").read_text())
    asked = Asked(against=SAMPLE / "support_tickets_eval.jsonl")
    tickets = SAMPLE / "support_tickets.jsonl"
    rows: dict[str, set[int]] = {}
    for finding in inspect_file(tickets, asked).findings:
        rows.setdefault(finding.check, set()).update(finding.rows)
    for check, flaw in planted.items():
        assert set(flaw["rows"]) == rows.get(check, set()), check
    faulty = {row for flaw in planted.values() for row in flaw["rows"]}
    lines = tickets.read_bytes().split(b"\n")
    clean = tmp_path / "clean.jsonl"
    clean.write_bytes(b"\n".join(line for n, line in enumerate(lines, 1) if n not in faulty))
    profile = inspect_file(clean, asked)
    assert (profile.rows, profile.findings, profile.verdict) == (600, (), "ready")


def test_leaks_are_named_with_the_evaluation_row(tmp_path: Path) -> None:
    words = " ".join(f"w{n}" for n in range(40))
    held = tmp_path / "held.jsonl"
    held.write_text("\n".join([row("other", "x"), row("Where is it?", "There."), row(words, "ok")]))
    profile = found(
        tmp_path,
        [
            row("where IS it?", "There."),
            row("Where is it?", "Elsewhere."),
            row(f"{words} w40", "ok"),
            row("Unrelated", "Words."),
        ],
        Asked(against=held),
    )
    (leak,) = [f for f in profile.findings if f.check == "holdout_leak"]
    assert [(f.row, f.other, f.message.split(" of ")[0]) for f in leak.faults] == [
        (1, 2, "has the same words as row 2"),
        (2, 2, "has the same input as row 2"),
        (3, 3, "is nearly row 3"),
    ]


def test_rows_that_are_too_much_like_another_name_it(tmp_path: Path) -> None:
    words = " ".join(f"w{n}" for n in range(40))
    rows = [
        row(words, "ok"),
        row("Where?", "Here."),
        row("Where?", "There."),
        row("Where?", "Here."),
    ]
    profile = found(tmp_path, [*rows, row(f"{words} w40", "ok")])
    named = {
        one.check: [(fault.row, fault.other) for fault in one.faults] for one in profile.findings
    }
    assert named["duplicate"] == [(4, 2)]
    assert named["contradiction"] == [(3, 2)]
    assert named["near_duplicate"] == [(5, 1)]


def test_not_scanned_follows_from_what_was_asked(tmp_path: Path) -> None:
    held = tmp_path / "held.jsonl"
    held.write_text(row("q", "a"))
    bare = found(tmp_path, [row("q", "a")]).not_scanned
    asked = found(tmp_path, [row("q", "a")], Asked(against=held, provider="openai")).not_scanned
    assert set(bare) - set(asked) == {
        "leaks into evaluation rows (--against FILE)",
        "a service's own rules (--provider NAME)",
    }
    assert {"names", "paraphrases", "exact token counts"} <= set(asked)


def test_rows_without_the_usual_system_prompt_are_named(tmp_path: Path) -> None:
    usual = [row(system("s"), said("user", f"q{n}"), said("assistant", f"a{n}")) for n in range(19)]
    profile = found(tmp_path, [*usual, row("q", "a")])
    (finding,) = [f for f in profile.findings if f.check == "system_prompt"]
    assert finding.rows == (20,)
    none = found(tmp_path, [row("q", "a")] * 3)
    assert "system_prompt" not in {f.check for f in none.findings}


def test_a_label_that_crowds_out_the_others_is_named(tmp_path: Path) -> None:
    lines = [row(f"question {n}", "spam" if n else "ham") for n in range(10)]
    (finding,) = [f for f in found(tmp_path, lines).findings if f.check == "balance"]
    assert finding.faults[0].message == "90% of the labels are 'spam'"
    even = [row(f"question {n}", "spam" if n % 2 else "ham") for n in range(10)]
    assert "balance" not in {f.check for f in found(tmp_path, even).findings}


def test_few_answers_in_another_script_are_counted(tmp_path: Path) -> None:
    lines = [row(f"q{n}", f"Here is answer number {n} for you") for n in range(99)]
    profile = found(tmp_path, [*lines, row("q", "Это ответ на русском языке")])
    (finding,) = [f for f in profile.findings if f.check == "balance"]
    assert finding.faults[0].message == "1 of 100 answers are written in cyrillic letters"


def test_an_answer_that_never_varies_is_named(tmp_path: Path) -> None:
    lines = [row(f"q{n}", "We will look into it and come back to you.") for n in range(20)]
    (finding,) = [f for f in found(tmp_path, lines).findings if f.check == "boilerplate"]
    assert finding.faults[0].message == "gives an answer that stands 20 times among 20"


def test_lengths_are_called_too_long_only_against_a_context_that_was_named(tmp_path: Path) -> None:
    line = row("q", "a" * 13_000)
    for context, severity, limit in [
        (None, "info", "more than 2,048, assumed without --context"),
        (2000, "review", "more than the context of 2,000"),
    ]:
        profile = found(tmp_path, [line], Asked(context=context))
        (finding,) = [f for f in profile.findings if f.check == "truncation"]
        assert finding.severity == severity
        assert finding.faults[0].message == f"may have up to 13,017 tokens, {limit}"


@pytest.mark.parametrize(
    ("rows", "severity", "why"),
    [
        (9, "blocker", "OpenAI's fine-tuning takes no fewer than 10"),
        (10, "review", "OpenAI's guide sees first improvements at 50 to 100"),
        (50, "info", "OpenAI's guide sees first improvements at 50 to 100"),
    ],
)
def test_few_rows_are_held_against_thresholds_with_a_name(
    tmp_path: Path, rows: int, severity: str, why: str
) -> None:
    profile = found(tmp_path, [row(f"q{n}", f"a{n}") for n in range(rows)])
    (finding,) = [f for f in profile.findings if f.check == "size"]
    assert finding.severity == severity
    assert finding.faults[0].message == f"the file has {rows} readable rows; {why}"


def test_a_hundred_rows_are_not_few(tmp_path: Path) -> None:
    profile = found(tmp_path, [row(f"q{n}", f"a{n}") for n in range(100)])
    assert "size" not in {f.check for f in profile.findings}


def test_few_rows_with_much_text_or_many_turns_are_counted(tmp_path: Path) -> None:
    even = [row(f"question {n}", f"answer {n} of many") for n in range(199)]
    assert "balance" not in {f.check for f in found(tmp_path, [*even, even[0]]).findings}
    profile = found(tmp_path, [*even, row("q", "w " * 4000)])
    (finding,) = [f for f in profile.findings if f.check == "balance"]
    assert [f.message for f in finding.faults] == ["the longest 2 of 200 rows hold 58% of the text"]
    profile = found(tmp_path, [*even, row(*["a b"] * 8)])
    (finding,) = [f for f in profile.findings if f.check == "balance"]
    assert [f.message for f in finding.faults] == [
        "1 of 200 rows have 8 turns or more; half have at most 2"
    ]


def test_faults_name_the_fields_of_the_file(tmp_path: Path) -> None:
    shared = [
        {"from": "human", "value": "q"},
        {"from": "human", "value": "q"},
        {"from": "gpt", "value": "a<|im_end|>"},
    ]
    profile = found(tmp_path, [json.dumps({"conversations": shared})] * 10)
    paths = {f.check: f.faults[0].path for f in profile.findings}
    assert paths["conversation"] == "conversations[1].value"
    assert paths["special_token"] == "conversations[2].value"
    chat = found(tmp_path, [row("q", "a", "q")])
    assert {f.check: f.faults[0].path for f in chat.findings}["conversation"] == "messages[2]"


def test_exposures_are_rows_times_epochs(tmp_path: Path) -> None:
    profile = found(tmp_path, [row("a\u200bb", "a"), row("a\u200bc", "b")], Asked(epochs=3))
    (finding,) = [f for f in profile.findings if f.check == "invisible"]
    assert (finding.row_count, finding.exposures) == (2, 6)


@pytest.mark.parametrize(
    ("provider", "line", "why"),
    [
        ("openai", row("q", "a", "q"), "the last turn is not the assistant's"),
        ("openai", row("<|fim_suffix|>", "a"), "the text holds <|fim_suffix|>"),
        ("together", row("q", said("function", "x"), "q2", "a"), "it knows no role 'function'"),
        (
            "together",
            row(said("user", "q"), said("user", "q"), said("assistant", "a")),
            "user and assistant do not alternate",
        ),
        ("fireworks", row("q", system("s"), "q", "a"), "a system turn stands behind the first"),
        ("vertex", row("q", "a"), "each row needs `contents` in place of `messages`"),
    ],
)
def test_a_service_says_why_it_would_reject_a_row(
    tmp_path: Path, provider: str, line: str, why: str
) -> None:
    profile = found(tmp_path, [line] * 10, Asked(provider=provider))
    (finding,) = [f for f in profile.findings if f.check == "provider_rules"]
    assert finding.row_count == 10
    assert why in finding.faults[0].message


def test_a_service_has_nothing_against_plain_rows(tmp_path: Path) -> None:
    lines = [row(f"q{n}", f"a{n}") for n in range(10)]
    for provider in set(providers()) - {"vertex"}:
        profile = found(tmp_path, lines, Asked(provider=provider))
        assert "provider_rules" not in {f.check for f in profile.findings}, provider
    few = found(tmp_path, lines[:9], Asked(provider="openai"))
    (finding,) = [f for f in few.findings if f.check == "provider_rules"]
    assert "9 rows, and 10 are the least" in finding.faults[0].message


def test_every_rule_of_a_service_names_its_source() -> None:
    for provider in providers():
        rules = rules_of(provider)
        assert rules.rules
        assert all(rule.source.startswith("https://") for rule in rules.rules)
    with pytest.raises(UsageError, match="Known are"):
        rules_of("nobody")


def test_every_check_of_rows_has_examples_here() -> None:
    elsewhere = {"encoding", "json", "schema", "provider_rules"}
    of_rows = {id for id, module in all_checks().items() if module.find} - elsewhere
    assert of_rows <= {check for check, *_ in FOUND}
    assert of_rows <= {check for check, *_ in NOT_FOUND}
