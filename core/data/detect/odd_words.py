"""A gate for values that words announce: odd words, near what may announce them."""

import numpy as np

_LETTER, _DIGIT, _SIGN, _JOINS = 1, 2, 4, 8
_CLASS = bytearray(256)
for _signs, _class in (
    (b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", _LETTER),
    (b"0123456789", _DIGIT),
    (b"!#$%^*?@~&+", _SIGN),
    (b"_-.", _JOINS),
):
    for _code in _signs:
        _CLASS[_code] = _class
_CLOSE = 4
_ODD_AT_ONCE = 1 << 12
_AROUND = np.arange(-72, 48)
_LOWER = np.frombuffer(bytes(range(256)).lower(), dtype=np.uint8).astype(np.uint16)
_HINTS = (
    *(
        "pas",
        "pwd",
        "pw:",
        "pw=",
        "pw ",
        "key",
        "tok",
        "sec",
        "mdp",
        "nnw",
        "htw",
        "ras",
        "nha",
        "ola",
        "lav",
    ),
    *("cha", "iav", "eut", "luc", "yck", "kke", "esl", "as\u0142", "asl", "eno", "asa", "gsk"),
    *("lsz", "zin", "ifr", "jet", "ulc", "nah", "\u00fcs", "hlu", "l\u00e9", "ede", "sql"),
    *(
        "url",
        "/us",
        "y '",
        'y "',
        "kat",
        "zug",
        "log",
        "de:",
        "de=",
        "apse",
        "s-c",
        "cen",
        "psk",
        "net",
        "ech",
        "asw",
        "smb",
        "cre",
        "epp",
        "ker",
        "ngo",
        "uth",
        "bea",
        "fia",
        "\u1ead",
        "\u043f\u0430\u0440",
        "\u041f\u0430\u0440",
    ),
    *("\u043a\u043b\u044e", "\u041a\u043b\u044e", "\u0442\u043e\u043a", "\u0422\u043e\u043a"),
    *("\u03c9\u03b4", "\u03bb\u03b5\u03b9", "\u5bc6", "\u53e3", "\u4ee4", "\u30ef", "\u30ad"),
    *("\u30c8", "\ubc00", "\uc554", "\ud0a4", "\ud1a0", "\u0631\u0645", "\u0643\u0644"),
    *("\u0645\u0641", "\u05e1\u05d9", "\u05de\u05e4", "\u092a\u093e", "kl\u00ed", "kli"),
)
"""What every word that announces a secret holds; the first three bytes of each are looked for."""
_HINT_FIRST, _HINT_LAST = np.zeros((2, 65536), dtype=np.uint64)
for _number, _hint in enumerate(_HINTS):
    _three = _hint.encode()[:3].ljust(3)
    _bit = np.uint64(1 << _number % 64)
    _HINT_FIRST[_three[0] << 8 | _three[1]] |= _bit
    _HINT_LAST[_three[1] << 8 | _three[2]] |= _bit


def odd_words(text: bytes) -> list[int]:
    """Return places where a digit stands beside a letter or sign and an announcing word is near."""
    codes = np.frombuffer(text, dtype=np.uint8)
    classes = np.frombuffer(text.translate(_CLASS), dtype=np.uint8)
    beside = classes[1:] | classes[:-1]
    odd = (beside == _LETTER | _DIGIT) | (beside == _DIGIT | _SIGN)
    # So stand a sign between two letters, and what joins a letter and a digit.
    falls = classes[1:-1] - classes[2:]
    odd[:-1] |= ((falls == _SIGN - _LETTER) | (falls == _JOINS - _DIGIT)) & (classes[:-2] == 1)
    odd = np.flatnonzero(odd) + 1
    if not len(odd):
        return []
    # One place stands for those that are close, so that crowds of digits are cheap.
    odd = odd[np.diff(odd, prepend=-_CLOSE) >= _CLOSE]
    found: list[int] = []
    for begin in range(0, len(odd), _ODD_AT_ONCE):
        some = odd[begin : begin + _ODD_AT_ONCE]
        near = np.clip(some[:, None] + _AROUND, 0, len(codes) - 1)
        pairs = _LOWER[codes[near]]
        pairs = pairs[:, :-1] << 8 | pairs[:, 1:]
        hints = _HINT_FIRST[pairs[:, :-1]] & _HINT_LAST[pairs[:, 1:]]
        found += some[hints.any(axis=1)].tolist()
    return found
