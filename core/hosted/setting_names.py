"""Settings that a service does not have, told before anything leaves."""

from collections.abc import Iterator

from core.hosted.consignment import Finding
from core.hosted.offering import Capabilities
from core.hosted.spec import HostedSpec
from core.text_safety import clip, visible


def unknown_settings(spec: HostedSpec, can: Capabilities) -> Iterator[Finding]:
    """Yield a blocker for every setting and method that the service does not take."""
    for name in spec.hyperparameters:
        if name not in can.hyperparameters:
            yield Finding(
                severity="blocker",
                message=f"{clip(visible(name), 60)} is no setting of this service.",
                remedy=f"Use some of: {', '.join(can.hyperparameters)}.",
            )
    if spec.method not in can.methods:
        yield Finding(
            severity="blocker",
            message=f"{spec.method} is no method of this service.",
            remedy=f"Use one of: {', '.join(can.methods)}.",
        )
