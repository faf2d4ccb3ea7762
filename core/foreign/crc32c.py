"""CRC-32C (Castagnoli), the checksum of TensorBoard's records; a package would bring a binary."""

_POLYNOMIAL = 0x82F63B78
_MASK_DELTA = 0xA282EAD8


def _table() -> tuple[int, ...]:
    """Return the checksum's step for each value of a byte."""
    steps = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
        steps.append(value)
    return tuple(steps)


_TABLE = _table()


def crc32c(content: bytes) -> int:
    """Return the checksum."""
    value, table = 0xFFFFFFFF, _TABLE
    for byte in content:
        value = table[(value ^ byte) & 0xFF] ^ value >> 8
    return value ^ 0xFFFFFFFF


def masked(content: bytes) -> int:
    """Return the checksum as records hold it: turned and moved, so that it can be summed itself."""
    value = crc32c(content)
    return ((value >> 15 | value << 17) + _MASK_DELTA) & 0xFFFFFFFF
