"""A gate for values that words announce: odd words, near what may announce them."""

import numpy as np
from numpy.typing import NDArray

from core.data.detect.gates import Bytes, Places, Signs
from core.data.kernel.library import loaded
from core.data.marks import ODD_SIGNS

_IS_LETTER = np.zeros(256, dtype=bool)
_IS_LETTER[list(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")] = True
_JOINS = np.zeros(256, dtype=bool)
_JOINS[list(b"_-.")] = True
_BESIDE = _IS_LETTER.copy()
_BESIDE[list(ODD_SIGNS)] = True
"""What makes a digit odd; a sign beside a letter alone ends half of all sentences."""
_IN_VALUE = np.zeros(256, dtype=bool)
for _first, _last in (b"!!", b"#&", b"*+", b"-;", b"==", b"?Z", b"^z", b"~~"):
    _IN_VALUE[_first : _last + 1] = True
_SHORTEST = 6
"""Bytes that a value has at least."""
_STEPS = np.arange(1, _SHORTEST)
_CLOSE = 4
_ODD_AT_ONCE = 1 << 12
_LOOKS_EACH = 200
"""Bytes that a look at the whole text takes in the time of one look around a place."""
_AROUND = np.arange(-72, 48)
_LOWER = np.frombuffer(bytes(range(256)).lower(), dtype=np.uint8).astype(np.uint16)
_HINTS = (
    *("pass", "pwd", "pw:", "pw=", "pw ", "mdp", "psk", "key", "toke", "secr", "ennw", "twoo"),
    *("ontr", "clav", "senh", "arol", "seno", "asan", "gsko", "hesl", "hasl", "jels", "ozin"),
    *("kata", "ifre", "chav", "hiav", "leut", "ssel", "lucz", "ycke", "kkel", "ulcs", "klic"),
    *("jeto", "auth", "icen", "pepp", "bear", "naht", "cred", "logi", "log-", "zuga", "ntif"),
    *("meld", "code", "ysql", "ldap", "redi", "mong", "sqlc", "desk", "smbc", "curl", "/use"),
    *("et u", "etco", "echo", " -p"),
    *(
        "has\u0142",
        "cl\u00e9",
        "kl\u00ed",
        "\u1eadt",
        "\u0430\u0440",
        "\u043b\u044e",
        "\u043e\u043a",
    ),
    *(
        "\u03c9\u03b4",
        "\u03bb\u03b5",
        "\u5bc6",
        "\u53e3",
        "\u4ee4",
        "\u30ef",
        "\u30ad",
        "\u30af\u30f3",
    ),
    *("\ubc00", "\ubc88", "\uc554", "\ud0a4", "\ud1a0", "\u0631\u0645", "\u0643\u0644"),
    *("\u0645\u0641", "\u05e1\u05d9", "\u05de\u05e4", "\u092a\u093e"),
)
"""What every word that announces a secret holds; three or four bytes of each are looked for."""
_HINT_FIRST, _HINT_LAST = np.zeros((2, 65536), dtype=np.uint64)
for _number, _hint in enumerate(_HINTS):
    _some = _hint.encode()[:4]
    _bit = np.uint64(1 << _number % 64)
    _HINT_FIRST[_some[0] << 8 | _some[1]] |= _bit
    _fourth = _some[3:] or range(256)
    _HINT_LAST[[_some[2] << 8 | _any for _any in _fourth]] |= _bit


def odd_words(signs: Signs) -> list[int]:
    """Return places of odd digits, signs and joins that have an announcing word near."""
    codes = signs.codes
    odd = _odd(signs)
    if not len(odd):
        return []
    # One place stands for those that are close, so that crowds of digits are cheap.
    odd = odd[np.diff(odd, prepend=-_CLOSE) >= _CLOSE]
    odd = odd[_in_long_words(codes, odd)]
    if len(odd) * _LOOKS_EACH > len(codes):
        return _near_any_hint(codes, odd)
    found: list[int] = []
    for begin in range(0, len(odd), _ODD_AT_ONCE):
        some = odd[begin : begin + _ODD_AT_ONCE]
        near = np.clip(some[:, None] + _AROUND, 0, len(codes) - 1)
        found += some[_hints(_LOWER[codes[near]]).any(axis=1)].tolist()
    return found


def _near_any_hint(codes: Bytes, odd: Places) -> list[int]:
    """Return the places that have a hint near, from one look at the whole text."""
    hints = np.flatnonzero(_hints(_LOWER[codes]))
    first = np.searchsorted(hints, odd + _AROUND[0])
    last = np.searchsorted(hints, odd + _AROUND[-1] - 3, side="right")
    found: list[int] = odd[first < last].tolist()
    return found


def _hints(lower: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Return whether a hint begins at each byte of the last axis, its last three left out."""
    pairs = lower[..., :-1] << 8 | lower[..., 1:]
    found: NDArray[np.bool_] = (_HINT_FIRST[pairs[..., :-2]] & _HINT_LAST[pairs[..., 2:]]) != 0
    return found


def _in_long_words(codes: Bytes, odd: Places) -> NDArray[np.bool_]:
    """Return which places stand in a run of characters that is long enough for a value."""
    if (kernel := loaded()) is not None:
        return kernel.in_runs(codes, _IN_VALUE, odd, least=_SHORTEST)
    behind = np.minimum(odd[:, None] + _STEPS, len(codes) - 1)
    before = np.maximum(odd[:, None] - _STEPS, 0)
    room_behind = odd[:, None] + _STEPS < len(codes)
    room_before = odd[:, None] - _STEPS >= 0
    long = np.logical_and.accumulate(_IN_VALUE[codes[behind]] & room_behind, axis=1).sum(axis=1)
    long += np.logical_and.accumulate(_IN_VALUE[codes[before]] & room_before, axis=1).sum(axis=1)
    found: NDArray[np.bool_] = long + 1 >= _SHORTEST
    return found


def _odd(signs: Signs) -> Places:
    """Return, in order, where digits touch letters or signs, and what stands inside words."""
    codes, digits, inside = signs.codes, signs.digits, signs.odd()
    inner = digits[digits > 0]
    behind = digits[digits < len(codes) - 1] + 1
    joined = digits[digits > 1]
    joined = joined[_JOINS[codes[joined - 1]] & _IS_LETTER[codes[joined - 2]]] - 1
    inside = inside[(inside > 0) & (inside < len(codes) - 1)]
    inside = inside[_IS_LETTER[codes[inside - 1]] & _IS_LETTER[codes[inside + 1]]]
    beside = inner[_BESIDE[codes[inner - 1]]], behind[_BESIDE[codes[behind]]]
    odd: Places = np.concatenate((*beside, joined, inside))
    odd.sort()
    return odd
