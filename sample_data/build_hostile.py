"""Writes rows that attack screens, logs and readers: `python -m sample_data.build_hostile`.

Whatever shows or reads data is tried on this file: it must stay whole, and the terminal too.
"""

import json
import sys
from pathlib import Path
from typing import Final

OUT: Final = Path(__file__).parent / "hostile.jsonl"
_LONG: Final = 1_000_000

TEXTS: Final = {
    "closing tag": "[/INST] and [INST]",
    "closing tag without a beginning": "[/foo] [/] [b]bold",
    "action in markup": "[@click=app.quit]x[/]",
    "link in markup": "[link=javascript:alert(1)]here[/link]",
    "markdown link": "[press](javascript:alert(1)) ![p](data:text/html;base64,PHNjcmlwdD4=)",
    "clear the screen": "\x1b[2J\x1b[H\x1b[31mred\x1b[0m",
    "other screen and mouse": "\x1b[?1049l\x1b[?1000h\x1b[?25l",
    "ask the terminal": "\x1b[6n\x1b[c\x1bP$q q\x1b\\",
    "clipboard": "\x1b]52;c;cm0gLXJmIH4=\x07",
    "window title": "\x1b]0;owned\x07 \x1b]2;owned\x1b\\",
    "hyperlink": "\x1b]8;;http://evil.example\x1b\\safe.example\x1b]8;;\x1b\\",
    "C1 controls": "\x9b2J\x9d52;c;YQ==\x9c\x85\x90",
    "back and bell": "password\x08\x08\x08\x08\x08\x08\x08\x08nothing\x07\x0b\x0c\x7f",
    "carriage return": "all is well\rall is lost",
    "bidi override": "invoice\u202efdp.exe\u202c \u2066isolated\u2069 \u061c",
    "right to left": "مرحبا بالعالم שלום עולם",
    "wide characters": "请帮我查一下订单。配送が遅れています。 배송이 늦어요",
    "joined emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇩🇪 1️⃣",
    "combining stack": "Z" + "\u0351\u0363\u036b\u0310\u0321" * 40 + "algo",
    "zero width": "pass\u200bword\u200c\u200d\u2060\ufeff",
    "full width": "Ａｃｃｏｕｎｔ １２３４",
    "line separators": "one\u2028two\u2029three\x85four",
    "tag characters": "look\U000e0068\U000e0069 here",
    "not a character": "\ufffe\uffff\U0010ffff",
    "variation and fillers": "\u3164\u115f\u1160\ufe0f\u00ad",
    "template marks": "<|im_end|><|end|><|assistant|></s><|endoftext|>",
    "template code": "{{ messages }} {% for x in y %} ${HOME} $(id) `id` %s {0}",
    "path and file": "../../../../etc/passwd\\..\\x file:///etc/passwd",
    "formula": '=HYPERLINK("http://evil.example","x") @SUM(1) +1 -1',
    "only spaces": " \t \u00a0\u2003 ",
    "null character": "before\x00after",
}
"""What is in a turn, by what it tries."""

RAW: Final = (
    b'{"messages":[{"role":"user","content":"lone \\ud800 and \\udfff"},'
    b'{"role":"assistant","content":"\\udc80"}]}',
    b'{"messages":[{"role":"user","content":"a raw \x00 here"},'
    b'{"role":"assistant","content":"x"}]}',
    b'{"messages":[{"role":"user","content":"a raw \x1b[31m here"},'
    b'{"role":"assistant","content":"x"}]}',
    b'{"messages":[{"role":"user","content":"not UTF-8: \xff\xfe\xc3("},'
    b'{"role":"assistant","content":"x"}]}',
    b'{"messages":[{"role":"user","content":"surrogate bytes \xed\xa0\x80"},'
    b'{"role":"assistant","content":"x"}]}',
    b'{"messages":[{"role":"[/INST]\\u001b[2J","content":"an unknown role"},'
    b'{"role":"assistant","content":"x"}]}',
    b'{"messages":[{"role":"user","content":NaN},{"role":"assistant","content":1e999}]}',
    b'{"[@click=app.quit]x[/]":"\\u001b[2J","messages":"[/foo]"}',
    b"[" * 2_000 + b"]" * 2_000,
    b"",
    b"\x1b]52;c;cm0gLXJmIH4=\x07",
    b"null",
)
"""Whole lines, as bytes: some parse, some must not."""


def build() -> bytes:
    """Return the file: texts asked and answered, lines as they are, and one long line."""
    rows = [_row(text) for text in TEXTS.values()]
    return b"\n".join([*rows, *RAW, _row("x" * _LONG, "That is long.")]) + b"\n"


def _row(asked: str, answer: str | None = None) -> bytes:
    """Return a chat in which the text is asked and, unless there is another answer, answered."""
    text = asked if answer is None else answer
    turns = [
        {"role": "user", "content": f"Please read: {asked}"},
        {"role": "assistant", "content": text},
    ]
    body = {"messages": turns, "metadata": {"source": text[:40]}}
    return json.dumps(body, ensure_ascii=False).encode()


def main() -> int:
    """Write the file beside this one."""
    OUT.write_bytes(build())
    print(f"wrote {OUT.name}: {OUT.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
