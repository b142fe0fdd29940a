"""`eroad ledger check` on a folder of hubs: sound books pass, a changed counter is named."""

import asyncio
import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.hub.plan import HubPlan, found
from services.payments import service
from services.payments.settings import PaymentsSettings
from services.payments.store.tables import metadata
from services.payments.store.tx import bound
from shared.db.migrations import migrate
from shared.kernel.clock import SystemClock
from shared.runtime.wiring import store_for

MIGRATIONS = Path(service.__file__).parent / "store" / "migrations"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One hub whose ledger was never used."""
    plan = HubPlan(hub="my-kul", folder=str(tmp_path / "my-kul"), port=1, peers={})
    found([plan], now=SystemClock().now())
    asyncio.run(_migrated(plan))
    return tmp_path


async def _migrated(plan: HubPlan) -> None:
    settings = PaymentsSettings.read(plan.environment("payments"))
    tx_type = bound(settings.rules(), bound_desk="check")
    store = store_for(settings, "payments", metadata=metadata, tx_type=tx_type, clock=SystemClock())
    try:
        await migrate(store.database, MIGRATIONS)
    finally:
        await store.database.stop()


class TestLedgerCheck:
    def test_finds_nothing_in_sound_books(self, folder: Path) -> None:
        result = CliRunner().invoke(app, ["ledger", "check", "--folder", str(folder), "--json"])

        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)["my-kul"]["is_sound"] is True

    def test_names_a_counter_that_no_transfer_explains(self, folder: Path) -> None:
        with sqlite3.connect(folder / "my-kul" / "db" / "payments.db") as database:
            database.execute(
                "INSERT INTO account VALUES (1, 'fees', 'CNY', 'income', NULL, 0, 5, 0, 0)"
            )

        result = CliRunner().invoke(app, ["ledger", "check", "--folder", str(folder), "--json"])

        assert result.exit_code == 1
        findings = json.loads(result.stdout)["my-kul"]["findings"]
        assert {finding[0] for finding in findings} == {"counters", "sum"}

    def test_says_what_to_do_without_hubs(self, tmp_path: Path) -> None:
        result = CliRunner().invoke(app, ["ledger", "check", "--folder", str(tmp_path)])

        assert result.exit_code == 1
