"""The arms of a release as they run: how each puts a request, and who answers."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from core.contenders.contender import Conversation
from core.contenders.endpoint import choose_endpoints, key_of, refuse_interface
from core.data.documents import read_documents
from core.data.rows import Example
from core.errors import JobError
from core.release.arm_wording import Wording, wording
from core.release.gateway.backend import Backend
from core.release.gateway.endpoint_backend import EndpointBackend
from core.release.release_plan import Arm
from core.release.releases import documents_hash
from core.text_safety import clip, visible
from core.workspace import Workspace


class LiveArm(NamedTuple):
    """One arm that can be asked."""

    name: str
    wording: Wording
    """Says what is really asked for a request."""
    backend: Backend
    limit: int
    """Longest answer in tokens."""

    def conversation(self, example: Example) -> Conversation:
        """Return what this arm is asked."""
        return self.wording(example)


def endpoint_arm(
    workspace: Workspace, name: str, arm: Arm, environment: Mapping[str, str]
) -> LiveArm:
    """Return an arm behind an address."""
    spec = choose_endpoints(workspace, [arm.endpoint])[arm.endpoint]
    refuse_interface(arm.endpoint, spec)
    backend = EndpointBackend(spec, key_of(arm.endpoint, spec, environment))
    return live_arm(name, arm, backend)


def live_arm(name: str, arm: Arm, backend: Backend) -> LiveArm:
    """Return an arm before whoever answers for it."""
    return LiveArm(name, wording(arm, texts_of(name, arm)), backend, arm.max_tokens)


def texts_of(name: str, arm: Arm) -> dict[str, str]:
    """Return the texts that an arm looks passages up in; only those it was released with."""
    if not arm.documents:
        return {}
    if documents_hash(arm.documents) != arm.documents_sha256:
        raise JobError(
            what=f"The texts of the arm {name} are not those that were released.",
            why=f"{visible(clip(arm.documents, 200))} was changed since the release was made.",
            remedy="Put them back, or make a new release with the texts as they are now.",
        )
    return read_documents(Path(arm.documents))
