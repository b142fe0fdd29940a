"""Fixtures of the deployment's tests."""

from pathlib import Path

import pytest

from deploy.make_secrets import introduce, make_secrets, name_issuers, name_settlers
from tests.deploy.manifests import HUBS


@pytest.fixture(scope="session")
def hub_secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of both hubs' secrets, as an operator makes them."""
    root = tmp_path_factory.mktemp("secrets")
    folders = [root / hub for hub in HUBS.values()]
    for folder in folders:
        make_secrets(folder, database_host="postgres")
    introduce(folders)
    name_issuers(folders)
    name_settlers(folders)
    return root
