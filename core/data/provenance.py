"""Reads from what stands beside a row where it comes from and who may use it."""

_LICENCES = ("licence", "license", "License", "Licence")


def licence_of(beside: object) -> str | None:
    """Return the licence that a row names, None when it names none."""
    if not isinstance(beside, dict):
        return None
    named = next((beside[key] for key in _LICENCES if beside.get(key)), None)
    return str(named).strip() if named is not None else None
