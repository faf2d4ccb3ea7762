"""What a recheck is told."""

from pydantic import Field

from core.contenders.endpoint import EndpointSpec
from core.spec_file import Spec


class RecheckSpec(Spec):
    """Servers that answer the locked holdout once more."""

    score_job: str
    """Id of the job whose answers are compared with."""
    run: str
    """Id of the training run that was scored there; its split names the holdout."""
    endpoints: dict[str, EndpointSpec] = Field(min_length=1)
    """Who is asked, by the name it was scored under, as endpoints.toml says today."""
