"""What tests of training share: a model made once, a workspace of their own, one thread."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.workspace import Workspace
from tests.support.path_job import make_workspace


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.support.tiny_model import save_tiny_model  # torch, which half of the tests need not

    return save_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Threads that wait for each other cost more than they bring at this size."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.training.trainer.usable_cores", lambda: 1)
        yield


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "ws")
