"""Component tests run one service on a real database: the same test on SQLite and PostgreSQL."""

import pytest


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: pytest.TempPathFactory) -> str:
    """Address of a database that `migrated` is yet to make, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/service.db"
    url: str = request.getfixturevalue("unmade_database")
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: pytest.TempPathFactory) -> str:
    """Address of a database without a table, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/service.db"
    url: str = request.getfixturevalue("fresh_database")
    return url
