"""What a parity proof is told."""

from pydantic import Field

from core.contenders.endpoint import EndpointSpec
from core.spec_file import Spec


class ParitySpec(Spec):
    """One export against the model that was scored."""

    folder: str
    """Absolute path of the export."""
    run: str
    """Id of the training run that the export is of."""
    server: EndpointSpec | None = None
    """Where the export is served; None loads it in the worker as its server would."""
    items: int = Field(default=50, ge=1, le=100_000)
    """Holdout rows that are asked, from the first on."""
    max_new_tokens: int = Field(default=128, ge=1, le=8192)
    """Longest answer in tokens, as when the run was scored."""
