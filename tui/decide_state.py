"""What a person sees and does on the questions of Decide, as one value without a screen."""

from dataclasses import dataclass, field, replace

from core.decide import naming
from core.decide.draft import Draft, Given
from core.decide.questions import QUESTIONS, Question
from core.errors import DecisionError, TuningforkError
from tui.keys.deciding import LETTERS

DIGITS = frozenset("0123456789.,")
"""What is typed into a number; everything else stays a key."""
_LONGEST = 18
_IDS = tuple(question.id for question in QUESTIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One line that can be chosen."""

    letter: str
    """The key that chooses it."""
    words: str
    """What it says."""
    value: Given
    """The answer it stands for; of a number, the one that was given."""
    given: bool
    """Whether it is the answer so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wizard:
    """The draft, and where in it one is."""

    draft: Draft = field(default_factory=Draft)
    cursor: int = 0
    """Place of the option under the cursor; the last one is "I don't know"."""
    typed: str = ""
    """The number as far as it is typed."""
    complaint: TuningforkError | None = None
    """Why the last answer was not taken."""
    done: bool = False
    """Whether the last answer left no question open."""

    @property
    def number(self) -> int:
        """Place of the question, from 0."""
        return _IDS.index(self.draft.at)

    @property
    def question(self) -> Question:
        """The question that is asked."""
        return QUESTIONS[self.number]

    @property
    def is_number(self) -> bool:
        """Whether a number is asked for."""
        return not self.question.allowed

    @property
    def options(self) -> tuple[Option, ...]:
        """What can be answered, "I don't know" last."""
        given, asked = self.draft.given, self.question.id
        now = given.get(asked)
        if self.is_number:
            lines = [Option(letter="", words="", value=now, given=now is not None)]
        else:
            words = [word for word in self.question.allowed if word != "unknown"]
            lines = [
                Option(letter=letter, words=spoken(word), value=word, given=now == word)
                for letter, word in zip(LETTERS, words, strict=False)
            ]
        unknown = asked in given and now is None
        return (*lines, Option(letter="i", words="I don't know", value=None, given=unknown))

    @property
    def open(self) -> tuple[str, ...]:
        """Ids of the questions that were not answered yet, in their order."""
        return tuple(id for id in _IDS if id not in self.draft.given)


def spoken(word: object) -> str:
    """Return an id or an answer in words; None is what nobody knows."""
    return "not known" if word is None or word == "unknown" else naming.spoken(word)


def shown_number(value: Given) -> str:
    """Return a number as people read it."""
    if isinstance(value, float) and not value.is_integer():
        return f"{value:,}"
    return f"{int(value):,}" if isinstance(value, int | float) else ""


def opened(draft: Draft) -> Wizard:
    """Return the wizard at the question the draft stands at."""
    return _settled(Wizard(draft=draft))


def at_question(wizard: Wizard, id: str) -> Wizard:
    """Return the wizard at one question; every answer stays."""
    return opened(replace(wizard.draft, at=id)) if id in _IDS else wizard


def went(wizard: Wizard, steps: int) -> Wizard:
    """Return the wizard some questions on or back; a number that was typed is taken first."""
    place = max(0, min(wizard.number + steps, len(_IDS) - 1))
    if wizard.typed:
        kept = taken(replace(wizard, cursor=0))
        if kept.complaint is not None:
            return kept
        wizard = kept
    return at_question(wizard, _IDS[place])


def moved(wizard: Wizard, steps: int) -> Wizard:
    """Return the wizard with the cursor some options away."""
    last = len(wizard.options) - 1
    return replace(wizard, cursor=max(0, min(wizard.cursor + steps, last)))


def typed(wizard: Wizard, characters: str) -> Wizard:
    """Return the wizard with more of a number; the cursor comes to the number."""
    kept = "".join(one for one in characters if one in DIGITS)
    return replace(wizard, typed=(wizard.typed + kept)[:_LONGEST], cursor=0, complaint=None)


def rubbed_out(wizard: Wizard) -> Wizard:
    """Return the wizard with a digit less; with no digit left, with no answer here."""
    if wizard.typed:
        return replace(wizard, typed=wizard.typed[:-1], complaint=None)
    return opened(wizard.draft.without(wizard.question.id))


def taken(wizard: Wizard) -> Wizard:
    """Return the wizard after enter: the option under the cursor is the answer."""
    option = wizard.options[wizard.cursor]
    if not wizard.is_number or option.letter:
        return _answered(wizard, option.value)
    if not wizard.typed and option.given:
        return _answered(wizard, option.value)
    try:
        return _answered(wizard, read_number(wizard.typed))
    except DecisionError as error:
        return replace(wizard, complaint=error)


def chosen(wizard: Wizard, letter: str) -> Wizard:
    """Return the wizard after the key of an option; a letter of none changes nothing."""
    for place, option in enumerate(wizard.options):
        if option.letter == letter:
            return taken(replace(wizard, cursor=place))
    return wizard


def read_number(words: str) -> int | float:
    """Return a number as people type it, or raise `DecisionError`; never guess a comma."""
    groups = words.split(",")
    whole, point, decimals = groups[-1].partition(".")
    grouped = len(groups) == 1 or (
        0 < len(groups[0]) <= 3 and all(len(one) == 3 for one in [*groups[1:-1], whole])
    )
    plain = "".join([*groups[:-1], whole])
    thousand = point and len(decimals) == 3 and 0 < len(plain) <= 3
    if not plain.isdigit() or not grouped or "." in decimals or thousand:
        raise DecisionError(
            what=f"{words} is no number that can be read without a guess." if words else "Nothing.",
            why="A comma stands before three digits, a point before decimals that are not three."
            if words
            else "No number was typed.",
            remedy="Write it like 12000 or 0.5, or answer that you don't know (i).",
        )
    return float(f"{plain}.{decimals}") if decimals else int(plain)


def _answered(wizard: Wizard, value: Given) -> Wizard:
    """Return the wizard at the next open question, or why the answer was not taken."""
    try:
        draft = wizard.draft.with_answer(wizard.question.id, value)
    except DecisionError as error:
        return replace(wizard, complaint=error)
    after = Wizard(draft=draft)
    if not after.open:
        return replace(_settled(after), done=True)
    later = (id for id in after.open if _IDS.index(id) > wizard.number)
    return at_question(after, next(later, after.open[0]))


def _settled(wizard: Wizard) -> Wizard:
    """Return the wizard with the cursor on the answer so far."""
    places = (place for place, option in enumerate(wizard.options) if option.given)
    return replace(wizard, cursor=next(places, 0))
