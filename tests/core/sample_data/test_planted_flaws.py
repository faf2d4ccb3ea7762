"""Every planted flaw stands at the row that the list names, and is what the list says."""

import json
import re
import unicodedata
import zlib
from pathlib import Path
from typing import Any

import pytest

from sample_data.build_dataset import build
from sample_data.building.rows import likeness, shingles
from sample_data.building.triage import SYSTEM

FOLDER = Path(__file__).parents[3] / "sample_data"
LINES = (FOLDER / "support_tickets.jsonl").read_bytes().decode().split("\n")[:-1]
HELD = [
    json.loads(line)
    for line in (FOLDER / "support_tickets_eval.jsonl").read_bytes().decode().split("\n")[:-1]
]
FLAWS: dict[str, dict[str, Any]] = json.loads((FOLDER / "planted_flaws.json").read_text())


def rows(check: str) -> list[dict[str, Any]]:
    return [json.loads(LINES[row - 1]) for row in FLAWS[check]["rows"]]


def partners(check: str) -> list[dict[str, Any]]:
    return [json.loads(LINES[row - 1]) for row in FLAWS[check]["partners"]]


def contents(row: dict[str, Any]) -> list[str]:
    return [turn["content"] for turn in row["messages"]]


def words(row: dict[str, Any]) -> list[str]:
    return [" ".join(unicodedata.normalize("NFKC", c).casefold().split()) for c in contents(row)]


def holds(check: str, pattern: str) -> list[bool]:
    return [bool(re.search(pattern, "\n".join(contents(row)))) for row in rows(check)]


def clean_rows() -> list[dict[str, Any]]:
    flawed = {row for flaw in FLAWS.values() for row in flaw["rows"]}
    return [json.loads(line) for row, line in enumerate(LINES, 1) if row not in flawed]


def test_the_builder_makes_the_committed_files_byte_for_byte() -> None:
    files = build()
    assert (FOLDER / "support_tickets.jsonl").read_bytes() == files.tickets.encode()
    assert (FOLDER / "support_tickets_eval.jsonl").read_bytes() == files.evaluation.encode()
    assert (FOLDER / "planted_flaws.json").read_bytes() == files.flaws.encode()


def test_no_row_is_listed_under_two_checks() -> None:
    listed = [row for flaw in FLAWS.values() for row in flaw["rows"]]
    assert len(listed) == len(set(listed)) == 76


def test_clean_rows_hold_a_ticket_and_a_note_in_the_house_format() -> None:
    clean = clean_rows()
    assert len(clean) == 600
    for row in clean:
        assert [turn["role"] for turn in row["messages"]] == ["system", "user", "assistant"]
        assert row["messages"][0]["content"] == SYSTEM
        note = json.loads(row["messages"][2]["content"])
        assert list(note) == ["topic", "urgency", "product", "reply"]
        assert note["topic"] == row["metadata"]["topic"]


def test_no_two_clean_rows_are_near_duplicates() -> None:
    runs = [shingles(" ".join(contents(row)[1:])) for row in [*clean_rows(), *HELD]]
    assert max(likeness(one, two) for at, one in enumerate(runs) for two in runs[:at]) < 0.7


def test_evaluation_rows_have_customers_of_their_own() -> None:
    own = {row["metadata"]["customer"] for row in HELD}
    assert len(own) == 40
    assert not own & {row["metadata"]["customer"] for row in clean_rows()}


def test_broken_lines_do_not_parse_or_have_a_double_key() -> None:
    doubled = 0
    for row in FLAWS["json"]["rows"]:
        try:
            pairs = json.loads(LINES[row - 1], object_pairs_hook=list)
        except json.JSONDecodeError:
            continue
        assert [key for key, _ in pairs].count("messages") == 2
        doubled += 1
    assert doubled == 1


def test_shapes_are_broken_in_five_ways() -> None:
    missing, bot, silent, turned, table = sorted(
        (row["messages"] for row in rows("schema")), key=_shape
    )
    assert any("role" not in turn for turn in missing)
    assert bot[-1]["role"] == "bot"
    assert [turn["role"] for turn in silent] == ["system", "user"]
    assert [turn["role"] for turn in turned] == ["system", "assistant", "user"]
    assert isinstance(table, dict)


def _shape(messages: Any) -> int:
    if isinstance(messages, dict):
        return 4
    roles = [turn.get("role") for turn in messages]
    if None in roles:
        return 0
    if "bot" in roles:
        return 1
    return 2 if "assistant" not in roles else 3


def test_silent_rows_train_nothing() -> None:
    assert [contents(row)[2].strip() for row in rows("empty_answer")] == ["", ""]
    assert [row["messages"][2]["weight"] for row in rows("nothing_to_train")] == [0, 0]


def test_one_row_has_content_of_another_type() -> None:
    assert [type(contents(row)[1]) for row in rows("loader_forecast")] == [list]
    assert all(isinstance(content, str) for row in clean_rows() for content in contents(row))


def test_duplicates_say_what_their_partners_say() -> None:
    pairs = list(zip(rows("duplicate"), partners("duplicate"), strict=True))
    assert len(pairs) == 12
    assert all(words(row) == words(partner) for row, partner in pairs)
    listed = zip(FLAWS["duplicate"]["rows"], FLAWS["duplicate"]["partners"], strict=True)
    assert sum(LINES[row - 1] == LINES[partner - 1] for row, partner in listed) == 4
    assert sum(row["messages"] == partner["messages"] for row, partner in pairs) == 8


def test_near_duplicates_are_alike_but_not_equal() -> None:
    for row, partner in zip(rows("near_duplicate"), partners("near_duplicate"), strict=True):
        assert words(row) != words(partner)
        one, two = (shingles(" ".join(contents(side)[1:])) for side in (row, partner))
        assert likeness(one, two) >= 0.7


def test_contradictions_answer_the_same_ticket_differently() -> None:
    for row, partner in zip(rows("contradiction"), partners("contradiction"), strict=True):
        assert contents(row)[1] == contents(partner)[1]
        assert contents(row)[2] != contents(partner)[2]


def test_secrets_are_well_formed_and_hidden_from_scanners_of_files() -> None:
    patterns = (
        r"\bAKIA[A-Z2-7]{16}\b",
        r"\bghp_[0-9A-Za-z]{36}\b",
        r"\bxoxb-\d{12}-\d{12}-\w{24}\b",
        r"-----BEGIN PRIVATE KEY-----",
        r"postgres://\w+:[^@\s]+@",
    )
    for pattern in patterns:
        assert holds("secret", pattern).count(True) == 1
        assert not re.search(pattern, "\n".join(LINES))


def test_the_token_of_the_code_host_has_a_valid_checksum() -> None:
    text = "\n".join(content for row in rows("secret") for content in contents(row))
    found = re.search(r"ghp_(\w{30})(\w{6})", text)
    assert found
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    value = 0
    for sign in found[2]:
        value = value * 62 + digits.index(sign)
    assert value == zlib.crc32(found[1].encode())


def test_cards_pass_luhn_and_ibans_pass_mod_97() -> None:
    text = "\n".join(content for row in rows("personal") for content in contents(row))
    cards = [re.sub(r"\D", "", card) for card in re.findall(r"(?:\d{4}[ -]){3}\d{4}\b", text)]
    cards = [card for card in cards if card[0] in "45"]
    assert len(cards) == 2
    for card in cards:
        digits = [int(sign) for sign in reversed(card)]
        doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
        assert (sum(digits[::2]) + doubled) % 10 == 0
    ibans = [found.replace(" ", "") for found in re.findall(r"\b[A-Z]{2}\d{2}[A-Z0-9 ]{18,}", text)]
    assert len(ibans) == 2
    for iban in ibans:
        turned = "".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])
        assert int(turned) % 97 == 1


def test_mail_addresses_and_phone_numbers_are_there() -> None:
    assert holds("personal", r"\w@\w+[\w-]*\.\w+").count(True) == 4
    assert holds("personal", r"\+\d\d \d\d").count(True) == 2


@pytest.mark.parametrize(
    ("check", "pattern"),
    [
        ("special_token", r"<\|\w+\|>|\[INST\]|</s>"),
        ("invisible", "[\u200b\u202e\u0085\u009b\uff10-\uff19]"),
        ("boilerplate", "language model|AI developed by"),
    ],
)
def test_odd_text_is_in_every_listed_row_and_in_no_clean_one(check: str, pattern: str) -> None:
    assert holds(check, pattern) == [True] * 4
    assert not any(re.search(pattern, c) for row in clean_rows() for c in contents(row))


def test_poor_sources_are_unknown_missing_or_restricted() -> None:
    found = {row["metadata"].get("licence") for row in rows("licence")}
    assert found == {"unknown", None, "CC-BY-NC-4.0"}


def test_leaked_rows_are_in_the_evaluation_file() -> None:
    leaked = rows("holdout_leak")
    assert sum(row in HELD for row in leaked) == 3
    assert sum(words(row) in [words(held) for held in HELD] for row in leaked) == 4
    held_runs = [shingles(" ".join(words(held)[1:])) for held in HELD]
    for row in leaked:
        runs = shingles(" ".join(words(row)[1:]))
        assert max(likeness(runs, other) for other in held_runs) >= 0.7
