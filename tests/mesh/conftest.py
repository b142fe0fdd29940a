"""Two whole hubs that know each other, in this process."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.builders.hubs import Mesh, two_hubs


@pytest.fixture
async def mesh(tmp_path: Path) -> AsyncIterator[Mesh]:
    async with two_hubs(tmp_path) as made:
        yield made
