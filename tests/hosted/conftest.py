"""A split that is copied for every test, and a service to send it to."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.hosted.spec import HostedSpec
from core.jobs.context import Outcome
from core.workspace import RunFolder, Workspace, open_workspace
from tests.hosted.fake_jobs import Plan
from tests.hosted.fake_openai import FakeOpenAI
from tests.hosted.fixed import KEY, VirtualWorld, run_here, spec_for
from tests.support.hosted_split import split_of

RUN = "20261120-120000-shop-0001"


@dataclass
class Bench:
    """A workspace, a service, and time that is moved by waiting."""

    workspace: Workspace
    service: FakeOpenAI
    world: VirtualWorld
    scratch: Path

    def spec(self, **changes: Any) -> HostedSpec:
        """Return the spec of a training that was confirmed."""
        return spec_for(self.workspace, self.scratch, self.service.url, **changes)

    def run(self, *, id: str = RUN, key: str = KEY, **changes: Any) -> Outcome:
        """Return how the next attempt of a run ended."""
        return run_here(self.workspace, self.spec(**changes), self.world, id=id, key=key)

    @property
    def folder(self) -> RunFolder:
        """Return the folder of the run."""
        return self.workspace.run(RUN)


@pytest.fixture(autouse=True)
def requests_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hours pass here between two looks at the real clock, which requests are else read by."""
    monkeypatch.setattr("core.jobs.context._POLL_SECONDS", 0.0)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return split_of(tmp_path_factory.mktemp("prepared")).root


@contextmanager
def a_bench(prepared: Path, root: Path) -> Iterator[Bench]:
    """Yield a bench with a copy of the prepared workspace."""
    shutil.copytree(prepared, root / "ws")
    service = FakeOpenAI(plan=Plan(steps=6, checkpoint_every=3))
    with service.serving():
        yield Bench(
            workspace=open_workspace(root / "ws"),
            service=service,
            world=VirtualWorld(service, hurry=1.0),
            scratch=root / "scratch",
        )


@pytest.fixture
def bench(prepared: Path, tmp_path: Path) -> Iterator[Bench]:
    with a_bench(prepared, tmp_path) as made:
        yield made
