"""The books as they can be read: accounts, an order's story, the check, and what is refused."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from services.payments.ledger_check import ledger_check
from services.payments.settings import PaymentsSettings
from tests.builders.running import Running
from tests.component.payments.story import (
    CN,
    MARKETPLACE,
    ORDER,
    SELLER,
    captured,
    check,
    declaration_released,
    parcel_delivered,
    proceeds_released,
    tick,
)


async def released(at: Running) -> dict[str, Any]:
    payment = await captured(at)
    await at.hear(parcel_delivered(), key=ORDER)
    await at.hear(declaration_released(), key=ORDER)
    return payment


async def changed(at: Running, statement: str) -> None:
    """Change the database behind the ledger's back."""
    async with at.service.store.database.transaction() as connection:
        await connection.execute(text(statement))


def again(columns: str, which: str) -> str:
    """Copy a transfer to another place of its batch, with these columns from its id to its hold."""
    return (
        f"INSERT INTO transfer SELECT desk, batch, position + 100, {columns}, command_id, ref "
        f"FROM transfer WHERE {which}"
    )


class TestOrderMoney:
    async def test_tells_every_posting_and_what_caused_it(self, buyers: Running) -> None:
        payment = await released(buyers)

        story = (await buyers.http.get(f"/v1/orders/{ORDER}/money")).json()

        causes = {command["name"]: command["cause"] for command in story["commands"]}
        assert causes == {
            "authorise-payment": "http",
            "capture-payment": "http",
            "book-tax": "customs.declaration-released.v1",
            "release-order": "customs.declaration-released.v1",
        }
        money = [(p["purpose"], p["kind"], p["amount"]["amount_minor"]) for p in story["postings"]]
        assert sorted(money) == sorted(
            [
                ("authorisation", "hold", 7637),
                ("capture", "capture", 7637),
                ("refund-cap", "post", 7637),
                ("tax", "post", 637),
                ("commission", "post", 290),
                ("proceeds", "post", 6710),
            ]
        )
        assert {posting["command_id"] for posting in story["postings"]} == {
            command["id"] for command in story["commands"]
        }
        assert story["payments"][0]["id"] == payment["id"]
        assert (story["escrow"]["amount_minor"], story["is_released"]) == (0, True)

    async def test_is_told_to_the_orders_own_parties(self, buyers: Running) -> None:
        await released(buyers)
        told = {
            member: await buyers.http.get(
                f"/v1/orders/{ORDER}/money",
                headers=buyers.office.headers("payments:read", member_id=member),
            )
            for member in (MARKETPLACE, SELLER, ORDER)
        }

        assert [reply.status_code for reply in told.values()] == [200, 200, 404]


class TestAccounts:
    async def test_are_seen_by_their_seller_and_by_operators(self, sellers: Running) -> None:
        await sellers.hear(proceeds_released(), key=ORDER, origin=CN)
        mine = sellers.office.headers("payments:read", member_id=SELLER)

        own = await sellers.http.get(f"/v1/accounts/seller:{SELLER}:available", headers=mine)
        fees = await sellers.http.get(f"/v1/accounts/due_from_hub:{CN}", headers=mine)

        (found,) = own.json()["balances"]
        assert (found["balance"], found["kind"], found["floor"]) == (6710, "liability", 0)
        assert (fees.status_code, fees.json()["code"]) == (404, "payments.account-not-found")


class TestCheck:
    async def test_finds_nothing_wrong_with_what_the_service_did(self, buyers: Running) -> None:
        await released(buyers)
        await tick(buyers)

        report = await check(buyers)

        assert (report["transfers"], report["sums"]) == (6, {"CNY": 0})
        assert report["batches"] == 4

    async def test_can_be_asked_without_http(self, buyers: Running) -> None:
        await released(buyers)

        settings = buyers.service.settings
        assert isinstance(settings, PaymentsSettings)

        found = await ledger_check(settings, clock=buyers.clock)

        assert (found.is_sound, found.transfers, found.sums) == (True, 6, {"CNY": 0})

    async def test_names_an_account_that_was_changed(self, buyers: Running) -> None:
        await released(buyers)
        await changed(buyers, "UPDATE account SET credits = credits + 1 WHERE code = 'fees'")

        report = (await buyers.http.get("/v1/ledger/check")).json()

        assert report["is_sound"] is False
        assert [(f["check"], f["subject"]) for f in report["findings"]] == [
            ("counters", "fees CNY"),
            ("sum", "CNY"),
        ]

    async def test_names_a_desk_whose_head_was_changed(self, buyers: Running) -> None:
        await released(buyers)
        await changed(buyers, "UPDATE desk SET batches = batches + 1 WHERE name = 'desk-0'")

        report = (await buyers.http.get("/v1/ledger/check")).json()

        assert [f["check"] for f in report["findings"]] == ["chain"]


class TestDatabase:
    """What the database refuses by itself, whatever the code above it does."""

    @pytest.mark.parametrize("table", ["transfer", "command", "batch"])
    @pytest.mark.parametrize("deed", ["UPDATE", "DELETE"])
    async def test_refuses_to_change_what_was_written(
        self, buyers: Running, table: str, deed: str
    ) -> None:
        await captured(buyers)
        column = {"transfer": "ref", "command": "body", "batch": "desk"}[table]
        statement = (
            f"UPDATE {table} SET {column} = 'x'" if deed == "UPDATE" else f"DELETE FROM {table}"
        )

        with pytest.raises(DBAPIError, match="never changed"):
            await changed(buyers, statement)

    @pytest.mark.parametrize(
        "statement",
        [
            f"UPDATE account SET debits = debits + 7638 WHERE code = 'escrow:{ORDER}'",
            "UPDATE account SET debits_pending = -1 WHERE code = 'psp:simulated'",
            f"UPDATE account SET currency = 'MYR' WHERE code = 'escrow:{ORDER}'",
            f"UPDATE account SET code = 'escrow:x' WHERE code = 'escrow:{ORDER}'",
            f"DELETE FROM account WHERE code = 'escrow:{ORDER}'",
        ],
        ids=["below its floor", "pending below zero", "another currency", "renamed", "away"],
    )
    async def test_refuses_an_account(self, buyers: Running, statement: str) -> None:
        await captured(buyers)

        with pytest.raises(DBAPIError):
            await changed(buyers, statement)

    @pytest.mark.parametrize(
        "columns",
        [
            "debit_id, credit_id, 'MYR'",
            "debit_id + 1, credit_id, currency",
            "debit_id, credit_id + 1, currency",
        ],
        ids=["another currency", "no debit account", "no credit account"],
    )
    async def test_refuses_a_transfer_between_accounts_that_are_not_there(
        self, buyers: Running, columns: str
    ) -> None:
        await captured(buyers)
        another = f"'another', {columns}, amount, purpose, 'post', NULL"

        with pytest.raises(DBAPIError, match="not there in its currency"):
            await changed(buyers, again(another, "kind = 'hold'"))

    async def test_refuses_a_second_hold_of_the_same_id(self, buyers: Running) -> None:
        await captured(buyers)
        same = "id, debit_id, credit_id, currency, amount, purpose, kind, pending_id"

        with pytest.raises(IntegrityError, match=r"(?i)unique"):
            await changed(buyers, again(same, "kind = 'hold'"))

    async def test_refuses_a_second_resolution_of_a_hold(self, buyers: Running) -> None:
        await captured(buyers)
        another = "'another', debit_id, credit_id, currency, amount, purpose, kind, pending_id"

        with pytest.raises(IntegrityError, match=r"(?i)unique"):
            await changed(buyers, again(another, "pending_id IS NOT NULL"))
