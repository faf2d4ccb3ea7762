"""Rating line by line, for pipes and screen readers: the same log, the same rules."""

from collections.abc import Iterator

from core.scoring.study.session import RatingSession, Task
from core.text_safety import visible

_HELP = (
    "A score rates the answer and goes on. x TEXT: unsafe, and why. c TEXT: comment. e TEXT: "
    "corrected text. r: reference. u: undo. s TEXT: skip the item, and why. q: leave."
)


def rate_in_lines(session: RatingSession) -> int:
    """Ask for every answer in turn; everything said is saved before the next question."""
    print(f"{visible(session.sheet.name)}, rater {session.rater}. {_HELP}")
    while (task := session.next()) is not None:
        if not _rate(session, task):
            print("Left. Everything up to here is saved.")
            return 0
    progress = session.progress()
    waiting = f" {progress.waiting} are with other raters." if progress.waiting else ""
    print(f"Nothing left to rate: {progress.done} items done.{waiting} Thank you.")
    return 0


def _rate(session: RatingSession, task: Task) -> bool:
    """Rate one item; False when the rater leaves."""
    progress = session.progress()
    print(f"\nItem {progress.done + 1} of {progress.done + progress.open}")
    print(*_prompt_lines(task), sep="\n")
    while not session.standing.done(task.met):
        missing = session.missing(task)
        if not missing:
            session.commit(task)
            print("saved")
            break
        place = missing[0]
        print(f"\nAnswer {chr(ord('A') + place)} of {len(task.sides)}:")
        print(*(visible(line) for line in task.sides[place].text.splitlines() or [""]), sep="\n")
        if not _take(session, task, place):
            return False
    return True


def _prompt_lines(task: Task) -> Iterator[str]:
    for turn in task.item.prompt:
        lines = turn.text.splitlines() or [""]
        yield f"{visible(turn.role)}: {visible(lines[0])}"
        yield from map(visible, lines[1:])


def _take(session: RatingSession, task: Task, place: int) -> bool:
    """Read one command and do it; False when the rater leaves."""
    scores = "/".join(map(str, session.sheet.scores))
    try:
        word, _, rest = input(f"{scores}, or a letter: ").strip().partition(" ")
    except EOFError:
        return False
    match word:
        case "q":
            return False
        case "r":
            print(f"reference: {visible(task.item.reference or 'none')}")
        case "u":
            undone = session.undo()
            print(f"undone: {undone.kind}" if undone else "nothing to undo")
        case "x" if rest:
            session.flag_unsafe(task, place, rest)
        case "c" if rest:
            session.say("comment", task, place, rest)
        case "e" if rest:
            session.say("edit", task, place, rest)
        case "s" if rest:
            session.skip(task, rest)
        case _ if word.isdigit() and int(word) in session.sheet.scores:
            session.rate(task, place, int(word))
        case _:
            print(_HELP)
    return True
