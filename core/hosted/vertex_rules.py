"""What Vertex AI takes: settings, sizes, and what it has to be told of the project."""

from collections.abc import Iterator, Sequence

from core.errors import RecipeError
from core.hosted.consignment import Finding, Part
from core.hosted.offering import Capabilities
from core.hosted.setting_names import unknown_settings
from core.hosted.spec import HostedSpec

ADAPTER_SIZES = {1: "ONE", 2: "TWO", 4: "FOUR", 8: "EIGHT", 16: "SIXTEEN", 32: "THIRTY_TWO"}
"""Sizes of the adapter, by the client's name for each."""
CAPABILITIES = Capabilities(
    methods=("supervised", "dpo"),
    verbs=frozenset({"cancel"}),
    weights_leave=False,
    price_from_service=False,
    early_stopping=False,
    longest_suffix=64,
    most_bytes=1024 * 1024 * 1024,
    hyperparameters=(
        "epoch_count",
        "learning_rate_multiplier",
        "adapter_size",
        "export_last_checkpoint_only",
        "beta",
    ),
)
_MOST_VALIDATION = 5000
_KINDS: dict[str, tuple[type, ...]] = {
    "epoch_count": (int,),
    "learning_rate_multiplier": (int, float),
    "adapter_size": (int,),
    "export_last_checkpoint_only": (bool,),
    "beta": (int, float),
}


def findings(parts: Sequence[Part], spec: HostedSpec) -> Iterator[Finding]:
    """Yield what would be refused, of settings and sizes; rows are checked before they leave."""
    yield from unknown_settings(spec, CAPABILITIES)
    for name, value in spec.hyperparameters.items():
        if name in _KINDS and not _fits(name, value):
            yield Finding(
                severity="blocker",
                message=f"{name} cannot be {value!r}.",
                remedy=f"Use one of {', '.join(map(str, ADAPTER_SIZES))}."
                if name == "adapter_size"
                else f"Write a {_KINDS[name][-1].__name__}.",
            )
    if "beta" in spec.hyperparameters and spec.method != "dpo":
        yield Finding(
            severity="blocker",
            message="beta is a setting of preference tuning only.",
            remedy="Leave it out, or use --method dpo.",
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
        if part.name == "validation" and part.rows > _MOST_VALIDATION:
            yield Finding(
                severity="blocker",
                part=part.name,
                message=f"There are {part.rows:,} validation rows; {_MOST_VALIDATION:,} are taken"
                " at most.",
                remedy="Split again with fewer validation rows.",
            )


def _fits(name: str, value: object) -> bool:
    """Return whether a setting has a value of its kind."""
    if isinstance(value, bool) and bool not in _KINDS[name]:
        return False
    right = isinstance(value, _KINDS[name])
    return right and (name != "adapter_size" or value in ADAPTER_SIZES)


def refuse_missing(spec: HostedSpec) -> None:
    """Raise where the project, the region or the bucket is not named."""
    for name, flag, why in (
        ("project", "--project ID", "It pays, and it stands in the address of every request."),
        ("region", "--region NAME", "It stands in the address of every request."),
        ("bucket", "--bucket gs://NAME", "The service reads rows from storage of your own only."),
    ):
        if not getattr(spec, name):
            raise RecipeError(
                what=f"Google Vertex AI needs the {name} to be named.",
                why=why,
                remedy=f"Name it: {flag}",
            )
