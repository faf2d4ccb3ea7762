"""Says in which script a text is written, by counting letters; not which language it is."""

import re
from typing import Final

_SCRIPTS: Final = {
    "cyrillic": re.compile("[\u0400-\u052f]"),
    "greek": re.compile("[\u0370-\u03ff\u1f00-\u1fff]"),
    "arabic": re.compile("[\u0600-\u06ff\u0750-\u077f]"),
    "hebrew": re.compile("[\u0590-\u05ff]"),
    "indic": re.compile("[\u0900-\u0dff]"),
    "thai": re.compile("[\u0e00-\u0e7f]"),
    "kana": re.compile("[\u3040-\u30ff]"),
    "han": re.compile("[\u3400-\u9fff]"),
    "hangul": re.compile("[\u1100-\u11ff\uac00-\ud7af]"),
}
_SAMPLE: Final = 2000


def script_of(text: str) -> str:
    """Return the script of most letters beyond Latin, `latin` where they are few."""
    if text.isascii():
        return "latin"
    sample = text[:_SAMPLE]
    counts = {script: len(letters.findall(sample)) for script, letters in _SCRIPTS.items()}
    script = max(counts, key=lambda one: counts[one])
    return script if counts[script] * 4 > len(sample.replace(" ", "")) else "latin"
