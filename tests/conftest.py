"""What holds for every test: none fails because the machine was slow, or by the luck of a salt."""

import random

import pytest
from hypothesis import HealthCheck, settings

from core.data import dataset

settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Salt the workspaces that a test makes by its name: splits and signatures hang on it."""
    pytest.MonkeyPatch().setattr(dataset, "token_bytes", random.Random(item.nodeid).randbytes)
