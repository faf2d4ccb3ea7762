"""What tests of hosted training share: a split that is only read, made once."""

import pytest

from core.workspace import Workspace
from tests.support.hosted_split import split_of


@pytest.fixture(scope="module")
def hosted_workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return split_of(tmp_path_factory.mktemp("hosted"))
