"""A user's own metric runs in a child: its prints, errors, crashes and loops stay there."""

from pathlib import Path

import pytest

from core.errors import DataError
from core.scoring.automatic.measurement import Measurement
from core.scoring.automatic.own_function import own_metric

ITEMS = [{"answer": "ab\ud800", "reference": "ab"}, {"answer": "a", "reference": "abcd"}]


def measured(tmp_path: Path, body: str, **settings: float) -> Measurement:
    file = tmp_path / "own.py"
    file.write_text(f"import os, sys, time\ndef metric(answer, reference):\n{body}\n")
    secret = {"PATH": "/usr/bin:/bin", "OPENAI_API_KEY": "planted"}
    return own_metric(file, "metric", ITEMS, environment=secret, **settings)


def test_a_function_measures_each_item(tmp_path: Path) -> None:
    found = measured(tmp_path, "    print('noise')\n    return answer[:2] == reference[:2]")
    assert found.values == (1, 0)
    assert found.metric == "metric"


def test_it_inherits_no_secret_and_no_folder(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('shadowed')")
    found = measured(tmp_path, "    return float('OPENAI_API_KEY' not in os.environ)")
    assert found.value == 1


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("    return 1 / 0", "Item 1: line 3: ZeroDivisionError: division by zero."),
        ("    return 'many'", "Item 1: ValueError: could not convert string to float"),
        ("    return 7", "Item 1: it returned 7."),
        ("    return float('nan')", "Item 1: it returned nan."),
        ("    os._exit(3)", "ended after 0 of 2 items (exit code 3)"),
        ("    sys.exit(3)", "Item 1: line 3: SystemExit: 3."),
        ("    raise RuntimeError('\\x1b[2J')", "RuntimeError: ␛[2J"),
        ("    return (", "The file: SyntaxError"),
    ],
)
def test_what_goes_wrong_is_named(tmp_path: Path, body: str, why: str) -> None:
    with pytest.raises(DataError) as caught:
        measured(tmp_path, body)
    assert why in caught.value.why
    assert caught.value.what == "metric of own.py measured nothing."


def test_a_function_that_never_ends_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"stopped after 0\.5 seconds"):
        measured(tmp_path, "    time.sleep(60)", timeout_s=0.5)


def test_a_missing_file_or_function_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no file"):
        own_metric(tmp_path / "none.py", "metric", ITEMS, environment={})
    file = tmp_path / "empty.py"
    file.write_text("")
    with pytest.raises(DataError, match="AttributeError"):
        own_metric(file, "metric", ITEMS, environment={})
