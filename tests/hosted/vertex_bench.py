"""What tests of Vertex AI share: a split, the stand-in, and a service account of its own."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from core.hosted.kinds import make_provider
from core.hosted.provider import Access, World
from core.hosted.silence import Silence
from core.hosted.spec import HostedSpec
from core.jobs.context import Outcome
from core.workspace import RunFolder, Workspace, open_workspace
from tests.hosted.fake_vertex import BUCKET, PROJECT, REGION, FakeVertex
from tests.hosted.fixed import KEY, VirtualWorld, run_here, spec_for

RUN = "20261120-120000-shop-0001"
MODEL = "gemini-3.5-flash-lite"


@dataclass
class Bench:
    """A workspace, the service, and time that is moved by waiting."""

    workspace: Workspace
    service: FakeVertex
    world: VirtualWorld
    root: Path

    def spec(self, **changes: Any) -> HostedSpec:
        """Return the spec of a training that was confirmed."""
        return spec_for(
            self.workspace, self.root / "scratch", self.service.url, **(vertex_fields() | changes)
        )

    def run(self, *, id: str = RUN, **changes: Any) -> Outcome:
        """Return how the next attempt of a run ended."""
        return run_here(self.workspace, self.spec(**changes), self.world, id=id)

    def provider(self, *, hurry: float = 5.0, **changes: Any) -> Any:
        """Return the service as a worker speaks with it; close it."""
        cover = Silence([KEY])
        spec = self.spec(**changes)
        access = Access(
            key=KEY if spec.key else None,
            key_words="sk-...cdef from FAKE_TUNING_KEY" if spec.key else "",
            cover=cover,
            learn=cover.learn,
            world=World(sleep=lambda _: None, hurry=hurry),
        )
        return make_provider(spec, access)

    @property
    def folder(self) -> RunFolder:
        """Return the folder of the run."""
        return self.workspace.run(RUN)


def vertex_fields() -> dict[str, Any]:
    """Return what a spec says of Vertex AI."""
    return {
        "provider": "vertex",
        "model": MODEL,
        "project": PROJECT,
        "region": REGION,
        "bucket": f"gs://{BUCKET}",
        "hyperparameters": {"epoch_count": 2},
    }


@contextmanager
def a_bench(prepared: Path, root: Path) -> Iterator[Bench]:
    """Yield a bench with a copy of the prepared workspace."""
    shutil.copytree(prepared, root / "ws")
    service = FakeVertex()
    with service.serving():
        yield Bench(
            workspace=open_workspace(root / "ws"),
            service=service,
            world=VirtualWorld(service, hurry=5.0),  # type: ignore[arg-type]
            root=root,
        )


@cache
def private_key() -> str:
    """Return a private key that was made for this process."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def account_file(path: Path, service: FakeVertex) -> Path:
    """Write the file of a service account whose sign-in is the stand-in's."""
    account = {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "k1",
        "private_key": private_key(),
        "client_email": f"tuner@{PROJECT}.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": f"{service.url}/token",
    }
    path.write_text(json.dumps(account))
    return path
