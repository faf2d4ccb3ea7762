"""A file of ratings is read whole, or the line that is wrong is named."""

from pathlib import Path

import pytest

from core.errors import DataError
from core.scoring.rated.rating import Rating
from core.scoring.rated.ratings_file import RatingsFile, read_ratings
from tests.support import golden_study

HEAD = "item,contender,rater,score\n"


def read(tmp_path: Path, text: str | bytes) -> RatingsFile:
    path = tmp_path / "ratings.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_ratings(path)


def test_the_golden_study_is_read(tmp_path: Path) -> None:
    file = read(tmp_path, golden_study.csv_text())
    assert set(file.ratings) == set(golden_study.ratings())
    assert not file.unsafe_recorded


@pytest.mark.parametrize("word", ["1", "true", "YES", "x"])
def test_columns_may_stand_in_any_order_beside_others(tmp_path: Path, word: str) -> None:
    file = read(tmp_path, f'\ufeffnote,Unsafe,score,rater,item,contender\n"a,b",{word},1,r,i,t\n')
    assert file[:2] == (
        (Rating(item="i", contender="t", rater="r", score=1, unsafe=True),),
        True,
    )


@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_what_spreadsheets_and_data_frames_write_is_read(tmp_path: Path, between: str) -> None:
    rows = [["item", "contender", "rater", "score"], ["i", "t", "r", "5.0"], ["j", "t", "r", ""]]
    file = read(tmp_path, "\r\n".join(between.join(row) for row in rows))
    assert file.ratings == (Rating(item="i", contender="t", rater="r", score=5),)


def test_an_unsafe_answer_without_a_score_is_not_lost(tmp_path: Path) -> None:
    file = read(tmp_path, f"{HEAD.strip()},unsafe\ni1,tuned,a,,1.0\ni2,tuned,a,,0\n")
    assert file.ratings == (Rating(item="i1", contender="tuned", rater="a", score=1, unsafe=True),)


def test_empty_scores_and_lines_are_gaps(tmp_path: Path) -> None:
    file = read(tmp_path, f"{HEAD}i1,tuned,a,5\n\ni1,base,a,\n,,,\ni2,base,a,3\r\n")
    assert [(one.item, one.contender) for one in file.ratings] == [("i1", "tuned"), ("i2", "base")]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (f"{HEAD}i1,tuned,a,5\ni1,tuned,a,3\n", 'line 3: "a" rates "tuned" on "i1" again, after'),
        ("item,contender,score\ni,t,5\n", "line 1: no column rater"),
        ("item,item,contender,rater,score\n", "line 1: the column item twice"),
        ("", "line 1: no column item"),
        (f"{HEAD}i1,tuned,a,6\n", 'line 2: the score "6"'),
        (f"{HEAD}i1,tuned,a,5\ni1,tuned,b,good\n", 'line 3: the score "good"'),
        (f"{HEAD}i1,tuned,a,4.5\n", 'line 2: the score "4.5"'),
        (f"{HEAD}i1,tuned\n", "line 2: 2 values"),
        (f"{HEAD}i1,tuned,,5\n", "line 2: no rater"),
        ("item,contender,rater,score,unsafe\ni,t,r,5,maybe\n", 'line 2: "maybe" as unsafe'),
        (f'{HEAD}"i1,tuned,a,5\n', "line 2: no CSV"),
        (f'{HEAD}"two\nlines",tuned,a,9\n', 'line 3: the score "9"'),
        (f"{HEAD}i1,tuned,a,\x1b[31m\n", 'line 2: the score "␛[31m"'),
        (HEAD, "holds no ratings"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str | bytes, what: str) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, text)
    assert what in caught.value.what
    assert caught.value.why
    assert caught.value.remedy


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no file"):
        read_ratings(tmp_path / "nowhere.csv")
    with pytest.raises(DataError, match="There is no file"):
        read_ratings(tmp_path)
