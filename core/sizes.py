"""How large something is, in words."""


def human_bytes(count: int) -> str:
    """Return a size with one decimal in the largest unit that keeps it above 1."""
    size = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TB"
