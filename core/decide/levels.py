"""The numbers at which advice turns, and what counts as an answer."""

FEW_SHOT_EXAMPLES = 3
"""Fewer examples than this make no few-shot prompt."""
MINIMUM_EXAMPLES = 50
"""Fewer leave nothing to measure with once a holdout is set aside."""
THIN_EXAMPLES = 100
"""Up to here only big gains can be seen, and every bad row counts."""
WORKABLE_EXAMPLES = 200
"""From here a format or tone is usually learnt."""
RECOMMENDED_EXAMPLES = 500
"""From here a holdout can settle differences of the usual size."""
LARGE_SCALE = 10_000
"""Requests a day from which the price of a long prompt outweighs running a tuned model."""


def is_known(value: object) -> bool:
    """Whether an allowed value is an answer: a word other than "unknown", or a number."""
    return isinstance(value, str | int | float) and value != "unknown"
