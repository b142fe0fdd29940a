"""A parcel for somebody on the operator's list is looked at; the seller's hub learns no more."""

from pathlib import Path

import pytest

from services.customs.service import create_service
from services.customs.settings import CustomsSettings
from shared.contracts.customs.events import DeclarationHeld
from tests.builders.customs_events import Parcel
from tests.builders.running import running
from tests.component.customs.steps import declaration_of, hear_all


class TestDeniedParty:
    @pytest.mark.parametrize(("listed", "status"), [("林 舒", 500), ("Somebody Else", 800)])
    async def test_is_looked_at(
        self, database_url: str, tmp_path: Path, listed: str, status: int
    ) -> None:
        file = tmp_path / "denied.csv"
        file.write_text(f"X-1,{listed}\n", encoding="utf-8")
        async with running(
            create_service,
            CustomsSettings,
            database_url=database_url,
            directory=tmp_path,
            denied_parties_file=file,
        ) as customs:
            await hear_all(customs, Parcel("A-001"))

            found = await declaration_of(customs, Parcel("A-001"))
            assert found["status"] == status
            for held in await customs.said(DeclarationHeld):
                assert held.reason == "lane red"
