"""Two hubs on the same kind of database, cn-hgh the origin of what the tests look at."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from deploy.identity import Identity
from tests.builders.running import NOON
from tests.component.exchange.hubs import CN, MY, Hub, Wire, two_hubs
from tests.real import Postgres


@pytest.fixture(params=["sqlite", "postgres"])
async def hubs(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[Hub, Hub, Wire]]:
    if request.param == "sqlite":
        urls = [f"sqlite+aiosqlite:///{tmp_path}/{name}.db" for name in ("cn", "my")]
        async with two_hubs(urls=urls, directory=tmp_path) as both:
            yield both
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    names = [f"test_{uuid4().hex}" for _ in range(2)]
    try:
        urls = [postgres.url(name) for name in names]
        async with two_hubs(urls=urls, directory=tmp_path) as both:
            yield both
    finally:
        for name in names:
            postgres.drop(name)


@pytest.fixture
def identities(tmp_path: Path) -> dict[str, Identity]:
    """Both hubs, founded a day ago, each trusting the other's anchor."""
    found = {hub: Identity.in_folder(hub, tmp_path / hub) for hub in (CN, MY)}
    for identity in found.values():
        identity.found(now=NOON - timedelta(days=1))
    for hub, other in ((CN, MY), (MY, CN)):
        found[hub].trust({**found[other].anchor(f"http://{other}"), "founding": True})
    return found


@pytest.fixture(params=["sqlite", "postgres"])
async def rooted(
    request: pytest.FixtureRequest, tmp_path: Path, identities: dict[str, Identity]
) -> AsyncIterator[tuple[Hub, Hub, Wire]]:
    if request.param == "sqlite":
        urls = [f"sqlite+aiosqlite:///{tmp_path}/{name}.db" for name in ("cn", "my")]
        async with two_hubs(urls=urls, directory=tmp_path, identities=identities) as both:
            yield both
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    names = [f"test_{uuid4().hex}" for _ in range(2)]
    try:
        urls = [postgres.url(name) for name in names]
        async with two_hubs(urls=urls, directory=tmp_path, identities=identities) as both:
            yield both
    finally:
        for name in names:
            postgres.drop(name)


@pytest.fixture
def origin(hubs: tuple[Hub, Hub, Wire]) -> Hub:
    """cn-hgh, whose events cross."""
    return hubs[0]


@pytest.fixture
def dest(hubs: tuple[Hub, Hub, Wire]) -> Hub:
    """my-kul, which pulls."""
    return hubs[1]


@pytest.fixture
def wire(hubs: tuple[Hub, Hub, Wire]) -> Wire:
    """What lies between them."""
    return hubs[2]
