"""The numbers at which advice turns, whose they are, and what counts as an answer."""

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
RELIABLE_EXAMPLES = 1000
"""Up to here reliable results are reported; more helps where the inputs vary."""
LARGE_SCALE = 10_000
"""Requests a day from which the price of a long prompt outweighs running a tuned model."""
FAST_MS = 300
"""Below this wait every token of a long prompt is felt."""

GUIDE_OF_A_SERVICE = "OpenAI's guide to fine-tuning sees gains from 50 to 100 examples"
PRACTICE = "common practice reported by those who tune"
OWN_JUDGEMENT = "our own judgement"
"""Whose a threshold is; said beside it, because nobody measured it for your task."""


def is_known(value: object) -> bool:
    """Whether an allowed value is an answer: a word other than "unknown", or a number."""
    return isinstance(value, str | int | float) and value != "unknown"
