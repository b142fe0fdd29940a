"""Fixtures of the deployment's tests."""

from pathlib import Path

import pytest

from deploy.make_secrets import main
from tests.deploy.manifests import HUBS


@pytest.fixture(scope="session")
def hub_secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of both hubs' secrets, as an operator makes them."""
    root = tmp_path_factory.mktemp("secrets")
    folders = ["--directory", str(root), "--hubs", str(tmp_path_factory.mktemp("hubs"))]
    main([*HUBS.values(), *folders])
    return root
