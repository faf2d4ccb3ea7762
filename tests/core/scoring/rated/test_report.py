"""A report holds the sentence and every figure, and shows foreign text as text."""

from dataclasses import replace
from html.parser import HTMLParser
from random import Random

from core.scoring.rated.report import as_html, as_markdown
from core.scoring.rated.section import Section
from core.scoring.rated.table import Table, make_table
from core.scoring.rated.terms import Integrity, Terms
from core.scoring.rated.verdict import RatedVerdict, judge
from core.scoring.simulation.raters import Raters, draw_ratings
from tests.support import golden_study

HOSTILE = "a|b<script>alert(1)</script>\x1b[2J*"


def golden(tuned: str = "tuned") -> tuple[RatedVerdict, Table]:
    table = make_table(
        replace(one, contender=tuned if one.contender == "tuned" else one.contender)
        for one in golden_study.ratings()
    )
    return judge(table, Terms(tuned=tuned), Integrity(verified=False)), table


class Tags(HTMLParser):
    """Counts what is open, and keeps what a page would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.foreign: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)
        if tag in {"script", "link", "img", "iframe"} or {"src", "href"} & dict(attrs).keys():
            self.foreign.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_markdown_has_the_sentence_and_the_figures() -> None:
    text = as_markdown(*golden())
    assert text.startswith("# Keep rating\n\nNot settled. About 13 more items")
    assert "| rag | +0.25 | -0.23 to 0.73 | 6 | 11 | 3 | 0.395 | not settled |" in text
    assert "| tuned | 4.35 | 13 of 20 | 43 to 82 % |" in text
    assert "alpha .88 (good)" in text
    assert "Without rater r1: keep rating." in text
    assert "| rag | 1.0195 | 0.3945 | 3, 2 | +0.0455 (-0.1895 to 0.2804) | 1 |" in text
    assert "| base | 81.81 | 3855 | 16 |" in text
    assert "| alpha ordinal, tuned | .67 |" in text
    assert "| few | 3.50 | 3.30 |" in text


def test_html_is_whole_and_needs_nothing_else() -> None:
    page = as_html(*golden())
    tags = Tags()
    tags.feed(page)
    assert (tags.open, tags.foreign) == ([], [])
    assert "http" not in page
    assert page.count("<circle") == 3
    assert page.count("<title>") == 1 + 4 * 3
    fives = sum(row.count("5") for row in golden_study.ROWS["tuned"])
    assert f">{fives} x 5</title>" in page
    assert "<td>-0.23 to 0.73</td>" in page


def test_names_from_a_file_are_text() -> None:
    found = golden(HOSTILE)
    page, text = as_html(*found), as_markdown(*found)
    tags = Tags()
    tags.feed(page)
    assert tags.foreign == []
    assert "\x1b" not in page + text
    assert "a\\|b\\<script\\>" in text
    rows = [line for line in text.splitlines() if line.startswith("| a\\|b")]
    assert [line.replace("\\|", "").count("|") for line in rows] == [5, 5, 4]


def test_a_name_ends_no_drawing_and_no_table() -> None:
    text = as_markdown(*golden("```\n# Ship"))
    assert "# Ship" not in {line.strip() for line in text.splitlines()}
    assert not [line for line in text.splitlines() if line.startswith("```")]


def test_what_is_added_is_text_too() -> None:
    more = [Section(title="More", head=("a", "b"), rows=((HOSTILE, "1"),), notes=(HOSTILE,))]
    found = golden()
    page, text = as_html(*found, more), as_markdown(*found, more)
    tags = Tags()
    tags.feed(page)
    assert (tags.open, tags.foreign) == ([], [])
    assert "\x1b" not in page + text
    assert "- a\\|b\\<script\\>alert(1)" in text


def test_every_decision_has_a_report() -> None:
    for gain, noise in ((2.0, 0.1), (-2.0, 0.1), (0.2, 0.1), (0.5, 9.0)):
        ratings = draw_ratings(
            Random(1), Raters(noise=noise), items=24, alternatives=2, people=2, gain=gain
        )
        table = make_table(ratings)
        verdict = judge(table, Terms(tuned="tuned"))
        assert verdict.sentence.split(".")[0] in as_markdown(verdict, table).replace("\\", "")
