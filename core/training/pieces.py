"""What single tokens read like, so that a row can be shown token by token without a tokenizer."""

from collections.abc import Iterable
from typing import Any

from core.training.token_cache import Pieces

_SPACE_MARK = "▁"
"""How tokenizers of the SentencePiece kind write a space."""
_UNDECODABLE = "\ufffd"


def read_pieces(tokenizer: Any, ids: Iterable[int]) -> Pieces:
    """Return the text of each token, and which of them are marks."""
    wanted = sorted(ids)
    special = {
        token
        for token, added in tokenizer.added_tokens_decoder.items()
        if added.special or token in tokenizer.all_special_ids
    }
    raw = tokenizer.convert_ids_to_tokens(wanted)
    texts = {
        token: _text(tokenizer, token, str(piece)) for token, piece in zip(wanted, raw, strict=True)
    }
    return Pieces(texts=texts, special=frozenset(special & set(wanted)))


def _text(tokenizer: Any, token: int, piece: str) -> str:
    """Return one token's text; a part of a character as its bytes."""
    if piece.startswith(_SPACE_MARK):
        return piece.replace(_SPACE_MARK, " ")
    text = str(tokenizer.decode([token], clean_up_tokenization_spaces=False))
    if _UNDECODABLE not in text:
        return text
    codes = [_BYTES.get(character) for character in piece]
    if None in codes:
        return piece
    return "".join(f"<0x{code:02X}>" for code in codes)


def _byte_alphabet() -> dict[str, int]:
    """Return the byte behind each character of a byte-level vocabulary.

    Bytes that print stand for themselves, the others for the characters from 256 on.
    """
    printing = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    alphabet = {chr(code): code for code in printing}
    others = (code for code in range(256) if code not in printing)
    return alphabet | {chr(256 + place): code for place, code in enumerate(others)}


_BYTES = _byte_alphabet()
