"""An encoding of tiktoken that needs no download: one token a byte, but for a few merged pairs."""

from itertools import pairwise
from pathlib import Path

NAME = "tuningfork_small"
_PLUGIN = """
NAME = {name!r}
MERGED = [b"th", b"he", b"the", b"in", b"er"]


def small():
    ranks = {{bytes([one]): one for one in range(256)}}
    ranks.update((pair, 256 + place) for place, pair in enumerate(MERGED))
    return {{
        "name": NAME,
        "pat_str": r"\\S+|\\s+",
        "mergeable_ranks": ranks,
        "special_tokens": {{"<|endoftext|>": 300}},
    }}


ENCODING_CONSTRUCTORS = {{NAME: small}}
"""


def install_encoding(folder: Path) -> Path:
    """Write the encoding as a plug-in and return the folder for `PYTHONPATH`."""
    place = folder / "tiktoken_ext"
    place.mkdir(parents=True)
    (place / "tuningfork_small.py").write_text(_PLUGIN.format(name=NAME))
    return folder


def by_hand(text: str) -> int:
    """Return the tokens of a text by this encoding, merged here one pair at a time."""
    ranks = {b"th": 0, b"he": 1, b"the": 2, b"in": 3, b"er": 4}
    count = 0
    for word in text.replace("\n", " ").split(" "):
        pieces = [bytes([one]) for one in word.encode()]
        while True:
            pairs = [
                (ranks[left + right], place)
                for place, (left, right) in enumerate(pairwise(pieces))
                if left + right in ranks
            ]
            if not pairs:
                break
            _, place = min(pairs)
            pieces[place : place + 2] = [pieces[place] + pieces[place + 1]]
        count += len(pieces)
    return count + text.replace("\n", " ").count(" ")
