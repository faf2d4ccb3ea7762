"""Reviewing line by line, for pipes and screen readers: the same queue, the same rules."""

from core.errors import TuningforkError
from core.release.review.item import SCORES, ReviewItem
from core.release.review.session import ReviewSession
from core.text_safety import visible
from tui.review_lines import decided_line, strip_line

_HELP = (
    "A score, then enter alone: decide. e TEXT: the text that goes out in its place. x TEXT: "
    "unsafe, and why. c TEXT: comment. s TEXT: skip, and why. u: undo. q: leave."
)


def review_in_lines(session: ReviewSession) -> int:
    """Ask for every answer in turn; what is called saved is on the disk."""
    print(f"{session.plan.name}, reviewer {session.reviewer}. {_HELP}")
    shown = ""
    while (item := session.item or session.next()) is not None:
        if item.id != shown:
            _print(item)
            shown = item.id
        print(strip_line(item).plain.strip())
        try:
            word, _, rest = input("> ").strip().partition(" ")
        except EOFError:
            word, rest = "q", ""
        if word == "q":
            print("Left. Everything that was decided is saved.")
            return 0
        try:
            print(_done(session, item, word, rest))
        except TuningforkError as error:
            print(f"Not saved: {error.what} {error.remedy}")
            session.next()
    print("Nothing waits for you.")
    return 0


def _print(item: ReviewItem) -> None:
    kind = "held: the client waits" if item.held else "has gone out"
    print(f"\n{item.id}, {kind}")
    for turn in item.prompt:
        first, *more = turn.text.splitlines() or [""]
        print(f"{visible(turn.role)}: {visible(first)}")
        print(*(visible(line) for line in more), sep="\n", end="\n" if more else "")
    print("\nThe answer:")
    print(*(visible(line) for line in item.answer.splitlines() or [""]), sep="\n")


def _done(session: ReviewSession, item: ReviewItem, word: str, rest: str) -> str:
    """Do one command and return what to say of it."""
    match word:
        case "":
            status = session.decide()
            return decided_line(status, session.plan.review.undo_seconds, held=item.held).plain
        case "u":
            undone = session.undo()
            return f"Taken back: {undone}." if undone else "Nothing to take back."
        case "e" if rest:
            session.say("edit", rest)
        case "x" if rest:
            session.say("flag", rest)
        case "c" if rest:
            session.say("comment", rest)
        case "s" if rest:
            session.skip(rest)
        case _ if word.isdigit() and int(word) in SCORES:
            session.rate(int(word))
        case _:
            return _HELP
    return "saved"
