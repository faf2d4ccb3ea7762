"""What OpenAI takes: settings and sizes."""

from collections.abc import Iterator, Sequence

from core.hosted.consignment import Finding, Part
from core.hosted.offering import Capabilities
from core.hosted.spec import HostedSpec, Method
from core.text_safety import clip, visible

_COMMON = ("batch_size", "learning_rate_multiplier", "n_epochs")
_TAKEN: dict[Method, tuple[str, ...]] = {
    "supervised": _COMMON,
    "dpo": (*_COMMON, "beta"),
    "reinforcement": (
        *_COMMON,
        "compute_multiplier",
        "eval_interval",
        "eval_samples",
        "reasoning_effort",
    ),
}
CAPABILITIES = Capabilities(
    methods=("supervised", "dpo", "reinforcement"),
    verbs=frozenset({"cancel", "pause", "resume"}),
    weights_leave=False,
    price_from_service=False,
    early_stopping=False,
    longest_suffix=64,
    most_bytes=512 * 1024 * 1024,
    hyperparameters=tuple(dict.fromkeys(name for names in _TAKEN.values() for name in names)),
)


def findings(parts: Sequence[Part], spec: HostedSpec) -> Iterator[Finding]:
    """Yield what would be refused, of settings and sizes; rows are checked before they leave."""
    for name in spec.hyperparameters:
        if name not in _TAKEN[spec.method]:
            yield Finding(
                severity="blocker",
                message=f"{clip(visible(name), 60)} is no setting of {spec.method} training.",
                remedy=f"Use some of: {', '.join(_TAKEN[spec.method])}.",
            )
    for part in parts:
        if CAPABILITIES.most_bytes is not None and part.bytes > CAPABILITIES.most_bytes:
            yield Finding(
                severity="blocker",
                part=part.name,
                message=f"The file has {part.bytes:,} bytes; {CAPABILITIES.most_bytes:,} are"
                " taken at most.",
                remedy="Train on fewer or shorter rows.",
            )
