"""Texts without personal data or secrets that look full of them."""

import base64
import pydoc_data.topics
import random
import sysconfig
import uuid
from collections.abc import Iterator
from pathlib import Path

_PLACEHOLDERS = (
    "sk-xxxx",
    "${TOKEN}",
    'password = os.environ["DB"]',
    "api_key=YOUR_API_KEY",
    "token: <your-token>",
    "jo@example.com or 555-0142",
    "user:password@localhost",
    "logo@2x.png",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "0.0.0.0",
    "upgrade to version 10.2.34.1",
    "(1983-2001)",
    "ghp_" + "x" * 36,
    "@decorator.wraps",
    "x = a @ b.T",
    "std::map<int, int>::iterator",
    "password: at least 12 characters",
)


def hard_lines(count: int, seed: int) -> Iterator[str]:
    """Yield lines of ids, sums, dates, coordinates, stamps, digests and pictures."""
    rng = random.Random(seed)
    for _ in range(count):
        a, b = rng.randint(10**6, 10**9), rng.randint(1000, 10**7)
        stamp = f"20{rng.randint(10, 29)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
        clock = f"{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}:{rng.randint(0, 59):02d}"
        yield rng.choice(
            (
                str(uuid.UUID(int=rng.getrandbits(128))),
                f"commit {rng.getrandbits(160):040x}",
                f"sha256:{rng.getrandbits(256):064x}",
                f"ISBN 978-{rng.randint(0, 9)}-{rng.randint(10, 99)}"
                f"-{rng.randint(10**5, 10**6 - 1)}-{rng.randint(0, 9)}",
                f"[{stamp} {clock}.{rng.randint(0, 999999):06d}] INFO worker-{b % 64} done",
                f"{stamp}T{clock}Z epoch {rng.randint(10**9, 2 * 10**9)}{rng.randint(0, 999):03d}",
                f"{a} + {b} = {a + b}",
                f"{a} * {b} = {a * b}",
                f"lat {rng.uniform(-90, 90):.6f}, lon {rng.uniform(-180, 180):.6f}",
                f"order {rng.randint(10**9, 10**12)} ticket #{rng.randint(1000, 10**7)}",
                f"id={rng.randint(10**14, 10**17)}",
                f"v{rng.randint(0, 20)}.{rng.randint(0, 40)}.{rng.randint(0, 400)}",
                f"{rng.uniform(0, 1):.16f} {rng.uniform(0, 1e6):.4f}",
                "data:image/png;base64," + base64.b64encode(rng.randbytes(300)).decode(),
                f"0x{rng.getrandbits(64):016x} {rng.getrandbits(32):08x}",
                f"{rng.randint(1, 31):02d}.{rng.randint(1, 12):02d}.{rng.randint(1950, 2030)}"
                f" {rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}",
                f"{rng.randint(1, 999)},{rng.randint(0, 999):03d},{rng.randint(0, 999):03d} rows",
                f"pages {b % 900 + 100}-{a % 1000 + 1000}, {rng.randint(1900, 2026)}",
                " ".join(str(rng.randint(0, 9999)) for _ in range(8)),
                rng.choice(_PLACEHOLDERS),
            )
        )


def documentation() -> Iterator[bytes]:
    """Yield the language reference that every Python carries."""
    for text in pydoc_data.topics.topics.values():
        yield text.encode()


def sources() -> Iterator[bytes]:
    """Yield the standard library's sources and tests, but no installed packages."""
    for file in sorted(Path(sysconfig.get_paths()["stdlib"]).rglob("*.py")):
        text = file.read_bytes()
        if "site-packages" not in file.parts and b"\0" not in text and _is_text(text):
            yield text


def _is_text(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
