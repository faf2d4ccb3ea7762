"""Whether two texts are the same, or how many words they share."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from core.scoring.automatic.measurement import Measurement, mean_of

_WORDS = re.compile(r"\w+")


def exact_match(answers: Sequence[str], references: Sequence[str]) -> Measurement:
    """Return the share of answers equal to their reference, spaces at the ends aside."""
    pairs = zip(answers, references, strict=True)
    return mean_of("exact match", [float(one.strip() == other.strip()) for one, other in pairs])


def normalised_match(answers: Sequence[str], references: Sequence[str]) -> Measurement:
    """Return the share of answers with the words of their reference, whatever case and marks."""
    pairs = zip(answers, references, strict=True)
    return mean_of("normalised match", [float(words(one) == words(other)) for one, other in pairs])


def token_f1(answers: Sequence[str], references: Sequence[str]) -> Measurement:
    """Return the mean F1 of the words that answer and reference share."""
    pairs = zip(answers, references, strict=True)
    return mean_of("token F1", [word_f1(one, other) for one, other in pairs])


def words(text: str) -> list[str]:
    """Return the words of a text without case, marks and compatibility forms."""
    return _WORDS.findall(unicodedata.normalize("NFKC", text).casefold())


def word_f1(answer: str, reference: str) -> float:
    """Return the F1 of the words of two texts; two without words are alike."""
    one, other = words(answer), words(reference)
    if not one and not other:
        return 1.0
    shared = (Counter(one) & Counter(other)).total()
    return 2 * shared / (len(one) + len(other))
