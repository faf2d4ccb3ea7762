"""Values that stand in one sentence with a word for them, whatever stands between.

Nothing announces such a value directly, so it has to look like what the word says by itself: a
password mixed of more than words and counts are, or a key that only a generator makes.
"""

import re
from typing import Final

from core.data.detect.secrets.announced_values import is_generated, is_password
from core.data.detect.secrets.announcing import KEY, PASSWORD, is_other_word, is_part
from core.data.detect.secrets.proofs import random_looking

_REACH: Final = 64
"""Bytes of a sentence between a value and the word for it."""
_END: Final = re.compile(rb"[.!?](?=[\s\"')])|[\n\0]|\xe3\x80\x82|[;{}](?=\s)")
"""Where a sentence or a statement ends."""
_ABOVE: Final = re.compile(rb"(?P<line>[^\n\0]*?)[ \t:=*`\"'>|-]*\r?\n[ \t>*`\"'|-]*\Z")
"""The line before a value that begins one."""
_CUE: Final = re.compile(
    (
        r"(?i)(?:(?<![A-Za-z])(?:is|are|was|were|be|been|equals|reads|namely|it's|that's|isn't|wasn't|ist|war|lautet|sei|est"
        r"|était|c'est|es|era|fue|é|è|ficou|jest|brzmi|är)(?: [^\s.!?,;:=(]{1,12}){0,2}"
        r"|(?<![A-Za-z])(?:to|as|auf|als|in|je|on|er|adalah|olarak|такой|это|сейчас|теперь)"
        r"|['’]s|[:=>|,(（「：→–—-]|は|を|是|为|為|到|成|는|은|이|를)[ \t:]{0,3}"
        r"(?:[\"'`*(\[]|「){0,3}\Z"
    ).encode()
)
"""What stands right before a value that a sentence has led up to."""
_SHORT: Final = frozenset({b"pass", b"passes", b"passe", b"pw"})
"""Verbs and names in code as well."""
_SIGN: Final = re.compile(rb"[!#$%^&*?@+~]")
_DIGIT: Final = re.compile(rb"[0-9]")
_NAME: Final = re.compile(
    rb"(?i)\A[a-z]+[-_.]?v?\d{1,2}(?:\.\d+)*\Z|\.[a-z]{1,5}\Z|@[a-z0-9-]+\.[a-z]|\Ax?[0-9a-f]+\Z"
    rb"|\A(?-i:[a-z0-9_]+(?:[-_.][a-z0-9_]+)+|[A-Z]+[-_]?\d+[A-Z]?)\Z|\A[+*&-]+\w+\Z|\A\w+[+*%-]\d+\Z|[=(:]|\\"
    rb"|\A(?-i:[A-Z][A-Za-z]+\d{4}[a-z]?|[A-Z]{2,}\d+(?:[-.]\d+[A-Z]?)*|[A-Z]\d{1,2}-[a-z]+)\Z"
    rb"|password|\A(?:ctrl|alt|shift|cmd|meta|super)[+-]"
)
"""Versions, files, names of parts, addresses, codes and keys of a keyboard."""
_FILE: Final = re.compile(
    rb"(?i)\.[a-z]{1,5}\Z|@[a-z0-9-]+\.[a-z]|\A[a-z]{1,6}[-_.]?v?\d(?:\.\d+)*\Z|[=(:]|\\"
    rb"|\A(?-i:[a-z0-9]+(?:[_-][a-z0-9]+)+|[A-Z]{2,}\d+(?:[-.]\d+[A-Z]?)*|[A-Z]\d{1,2}-[a-z]+)\Z"
)
_NAME_AND_NUMBER: Final = re.compile(rb"\A[A-Z][a-z]+(?:\d{3}|\d{5,8})\Z")
_GROUPS: Final = re.compile(
    rb"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9]{4,8}(?:-[A-Za-z0-9]{4,8}){2,}\Z"
    rb"|(?=(?:.*[A-Z]){2})(?=(?:.*[0-9]){2})[A-Z0-9]{4,8}(?:-[A-Z0-9]{4,8}){2,}\Z"
)
"""As programs that make passwords write them."""
_INSIDE: Final = re.compile(rb"[A-Za-z]{4,}[0-9]+[A-Za-z]{4,}\Z")
"""Two words around a number."""
_WORDS: Final = re.compile(rb"\A[a-z0-9]+(?:[_.:-][a-z0-9]+){2,}\Z|:|\(")


def is_near(text: bytes, start: int, value: bytes, *, since: int, until: int) -> bool:
    """Return whether a value stands beside a word for it, before or behind, and looks like it.

    Words before `since` and behind `until` do not count.
    """
    before = text[max(0, start - _REACH, since) : start]
    sentence = _END.split(before)[-1]
    nouns = _fitting(value)
    if not nouns:
        led_up_to = _speaks(PASSWORD, sentence) and _CUE.search(sentence) is not None
        return led_up_to and is_chosen(value)
    end = start + len(value)
    above = _ABOVE.search(before) if b"\n" in before else None
    if above is not None:
        return any(_speaks(noun, above["line"], last=True) for noun in nouns)
    behind = _END.split(text[end : min(end + _REACH, until)], maxsplit=1)[0]
    return any(_speaks(noun, near) for noun in nouns for near in (sentence, behind))


def _fitting(value: bytes) -> list[re.Pattern[bytes]]:
    """Return the nouns for what a value looks like."""
    nouns = [PASSWORD] if is_mixed(value) else []
    if is_generated(value, clear=False) and _WORDS.search(value) is None:
        nouns.append(KEY)
    return nouns


def _speaks(nouns: re.Pattern[bytes], near: bytes, *, last: bool = False) -> bool:
    """Return whether one of the nouns stands there, or ends there, as a word of its own."""
    lower = near.lower()
    for noun in nouns.finditer(lower):
        if noun.group() in _SHORT or is_part(lower, *noun.span()):
            continue
        if is_other_word(near, noun.start()):
            continue
        if not last or noun.end() == len(lower):
            return True
    return False


def is_marked(value: bytes, *, clear: bool) -> bool:
    """Return whether a value is a password for a sign in it, which names have none of."""
    return _marked(value) and is_password(value, clear=clear) and _NAME.search(value) is None


def _marked(value: bytes) -> bool:
    """Return whether a value has signs as passwords have them."""
    signs = len(_SIGN.findall(value))
    return signs > 1 or (signs > 0 and _DIGIT.search(value) is not None)


def is_mixed(value: bytes, *, clear: bool = False) -> bool:
    """Return whether a value is mixed as passwords are and neither names nor counts."""
    if _marked(value):
        return is_password(value, clear=clear) and _NAME.search(value) is None
    if _SIGN.search(value) is not None or _DIGIT.search(value) is None:
        return False
    if not is_password(value, clear=False) or _NAME.search(value) is not None:
        return False
    return any(one.match(value) for one in (_NAME_AND_NUMBER, _GROUPS, _INSIDE)) or random_looking(
        value
    )


def is_chosen(value: bytes) -> bool:
    """Return whether somebody may have chosen a value that a sentence leads up to."""
    if _DIGIT.search(value) is None or _FILE.search(value) is not None:
        return False
    return is_password(value, clear=True)
