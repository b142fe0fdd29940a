"""The members service, running."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.members.service import create_service
from services.members.settings import MembersSettings
from tests.builders.running import Running, running
from tests.builders.tokens import new_key_pem

OPERATOR_SECRET = "eroad_test_operator"


@pytest.fixture
async def members(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(
        create_service,
        MembersSettings,
        database_url=database_url,
        directory=tmp_path,
        hub="my-kul",
        peers=["cn-hgh"],
        token_key=new_key_pem(),
        operator_secret=OPERATOR_SECRET,
    ) as service:
        yield service
