"""Bank and ledger are compared to the sen: a bank that errs in every way, and the names of it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree

from services.payments.clients import simulated
from services.payments.clients.write_iso20022 import write_statement
from services.payments.domain.statement import BankEntry, Statement
from shared.contracts.payments.events import BreakClosed, BreakOpened, PayoutReturned
from tests.builders.running import Running
from tests.component.payments.conftest import running_payments
from tests.component.payments.story import (
    CN,
    MY,
    ORDER,
    SELLER,
    balance,
    captured,
    check,
    order_placed,
    tick,
)

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
AVAILABLE = f"seller:{SELLER}:available"
FUNDS = 1_000_000


@pytest.fixture
async def funded(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """A seller with money that is at our bank."""
    async with running_payments(database_url, tmp_path, hub=MY, peer=CN) as at:
        await correct(at, "bank:simulated", AVAILABLE, FUNDS)
        yield at


async def correct(at: Running, debit: str, credit: str, minor: int, name: str = "0") -> None:
    amount = {"amount_minor": minor, "currency": "CNY"}
    entries = [{"debit": debit, "credit": credit, "amount": amount}]
    line = {"id": f"cmd_{at.hub}_{name * 26}", "ref": "brought in", "entries": entries}
    reply = await at.post("/v1/transfers/bulk", {"lines": [line]})
    assert reply.json()["results"][0]["outcome"] == "accepted", reply.text


async def paid_out(at: Running, minor: int, beneficiary: str = "ICBKCNBJ/1") -> str:
    body = {
        "seller_id": SELLER,
        "amount": {"amount_minor": minor, "currency": "CNY"},
        "beneficiary": beneficiary,
    }
    reply = await at.post("/v1/payouts", body)
    assert reply.status_code == 201, reply.text
    await tick(at)
    return str(reply.json()["id"])


async def days_pass(at: Running, days: int = 1) -> None:
    """Each day the bank tells the day before, twice, as timers may run twice."""
    for _ in range(days):
        at.wait(timedelta(days=1))
        await tick(at)
        await tick(at)


async def standing(at: Running, account: str = "simulated") -> dict[str, int]:
    """The account's figures, of which nothing may be unexplained; the ledger is sound too."""
    await check(at)
    (found,) = [
        each
        for each in (await at.http.get("/v1/bank/accounts")).json()["accounts"]
        if each["account"] == account
    ]
    names = ("bank", "ledger", "breaks", "awaited", "unexplained")
    figures = {name: int(found[name]["amount_minor"]) for name in names}
    assert figures["unexplained"] == 0
    return figures


async def breaks(at: Running) -> list[dict[str, Any]]:
    return list((await at.http.get("/v1/bank/breaks")).json()["breaks"])


def a_statement(no: int, *entries: BankEntry, opening: int = 0, **changes: Any) -> Statement:
    start = NOON + timedelta(days=no - 1)
    values: dict[str, Any] = {
        "account": "house",
        "currency": "CNY",
        "sequence": no,
        "opening_minor": opening,
        "closing_minor": opening + sum(entry.amount_minor for entry in entries),
        "from_at": start,
        "until_at": start + timedelta(days=1),
        "entries": entries,
    }
    return Statement(**{**values, **changes})


async def told(at: Running, statement: Statement) -> httpx.Response:
    document = write_statement(statement, made_at=NOON)
    return await send(at, document)


async def send(at: Running, document: bytes) -> httpx.Response:
    headers = {"Content-Type": "application/xml", "Idempotency-Key": f"k{hash(document)}"}
    return await at.http.post("/v1/bank/messages", content=document, headers=headers)


def incoming(name: str = "IN1", minor: int = 10_000, **changes: Any) -> BankEntry:
    entry = BankEntry(name, minor, NOON, (), text="no idea", party="Wang", party_account="ICBK/9")
    return entry._replace(**changes)


class TestSimulatedBank:
    async def test_that_tells_the_truth_leaves_nothing_open(self, funded: Running) -> None:
        await paid_out(funded, 5_000)
        awaited = await standing(funded)

        await days_pass(funded)

        after = await standing(funded)
        assert awaited == {
            "bank": 0,
            "ledger": FUNDS - 5_000,
            "breaks": 0,
            "awaited": FUNDS - 5_000,
            "unexplained": 0,
        }
        assert (after["bank"], after["ledger"]) == (FUNDS - 5_000, FUNDS - 5_000)
        assert await breaks(funded) == []

    @pytest.mark.parametrize(
        ("beneficiary", "reason", "minor"),
        [
            (simulated.DUPLICATE, "duplicate-entry", -5_000),
            (simulated.MISSING, "not-on-statement", 5_000),
            (simulated.WRONG_AMOUNT, "amount-differs", -1),
            (simulated.LATE, "not-on-statement", 5_000),
        ],
    )
    async def test_that_errs_gives_a_break_of_exactly_that(
        self, funded: Running, beneficiary: str, reason: str, minor: int
    ) -> None:
        await paid_out(funded, 7_000)
        await paid_out(funded, 5_000, beneficiary)

        await days_pass(funded, 2)

        (found,) = await breaks(funded)
        figures = await standing(funded)
        assert (found["reason"], found["amount"]["amount_minor"]) == (reason, minor)
        assert figures["breaks"] == figures["bank"] - figures["ledger"] == minor
        (said,) = await funded.said(BreakOpened)
        assert (said.break_id, said.reason) == (found["id"], reason)

    async def test_that_is_late_closes_its_break_itself(self, funded: Running) -> None:
        await paid_out(funded, 5_000, simulated.LATE)
        await days_pass(funded, 2)
        (found,) = await breaks(funded)

        await days_pass(funded, 3)

        (closed,) = await funded.said(BreakClosed)
        assert (closed.break_id, closed.resolution) == (found["id"], "arrived-late")
        assert await breaks(funded) == []
        assert (await standing(funded))["breaks"] == 0

    async def test_that_loses_our_reference_is_understood_by_amount_and_day(
        self, funded: Running
    ) -> None:
        await paid_out(funded, 5_000, simulated.WRONG_REFERENCE)

        await days_pass(funded)

        assert await breaks(funded) == []
        assert (await standing(funded))["awaited"] == 0

    async def test_that_reverses_a_payout_gives_the_seller_the_money(self, funded: Running) -> None:
        payout_id = await paid_out(funded, 5_000, simulated.REVERSED)

        await days_pass(funded, 3)

        payout = (await funded.http.get(f"/v1/payouts/{payout_id}")).json()
        assert payout["state"] == "returned"
        assert await balance(funded, AVAILABLE) == FUNDS
        assert len(await funded.said(PayoutReturned)) == 1
        assert (await standing(funded))["bank"] == FUNDS

    async def test_is_told_of_every_payout_once_in_a_payment_file(self, funded: Running) -> None:
        for minor in (5_000, 6_000):
            await paid_out(funded, minor)
        await days_pass(funded)

        files = (await funded.http.get("/v1/bank/payment-files")).json()["files"]
        document = await funded.http.get(f"/v1/bank/payment-files/{files[0]['id']}")

        assert sorted(each["total"]["amount_minor"] for each in files) == [5_000, 6_000]
        assert sum(each["count"] for each in files) == 2
        root = etree.fromstring(document.content)
        assert root.tag == "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}Document"


class TestStatement:
    async def test_taken_again_changes_nothing(self, funded: Running) -> None:
        statement = a_statement(1, incoming())

        first, again = await told(funded, statement), await told(funded, statement)
        reworded = write_statement(statement, made_at=NOON + timedelta(hours=1))
        third = await send(funded, reworded)

        assert (first.status_code, again.status_code, third.status_code) == (200, 200, 200)
        assert (first.json()["receipts"], third.json()["receipts"]) == (1, 0)
        assert (await standing(funded, "house"))["ledger"] == 10_000

    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"sequence": 3}, "payments.statement-out-of-line"),
            ({"opening_minor": 1, "closing_minor": 1}, "payments.statement-out-of-line"),
            ({"sequence": 1}, "payments.statement-differs"),
            ({"closing_minor": 0}, "payments.statement-unbalanced"),
        ],
    )
    async def test_out_of_line_is_refused_and_leaves_nothing(
        self, funded: Running, changed: dict[str, Any], code: str
    ) -> None:
        await told(funded, a_statement(1, incoming()))

        reply = await told(funded, a_statement(2, opening=10_000, **changed))

        assert reply.json()["code"] == code, reply.text
        assert (await standing(funded, "house"))["bank"] == 10_000

    async def test_knows_what_was_notified_before(self, funded: Running) -> None:
        statement = write_statement(a_statement(1, incoming()), made_at=NOON).decode()
        notification = statement.replace("BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn")
        notification = notification.replace("<Stmt>", "<Ntfctn>").replace("</Stmt>", "</Ntfctn>")

        early = await send(funded, notification.encode())
        before = await standing(funded, "house")
        later = await send(funded, statement.encode())

        assert (early.json()["receipts"], later.json()["receipts"]) == (1, 0)
        assert before == await standing(funded, "house")

    async def test_that_opens_with_money_we_never_booked_says_so(self, funded: Running) -> None:
        await told(funded, a_statement(1, opening=700))

        (found,) = await breaks(funded)

        assert (found["reason"], found["amount"]["amount_minor"]) == ("opening-balance", 700)
        assert (await standing(funded, "house"))["breaks"] == 700

    async def test_is_for_operators_and_for_xml_that_is_one(self, funded: Running) -> None:
        bomb = b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'

        unread = await send(funded, bomb)
        funded.http.headers.update(funded.office.headers("payments:read", "payments:write"))
        refused = await send(funded, b"<a/>")

        assert (unread.status_code, unread.json()["code"]) == (
            422,
            "payments.statement-unreadable",
        )
        assert refused.status_code == 403


class TestBreak:
    async def test_that_is_the_banks_fee_is_booked_once(self, funded: Running) -> None:
        await told(funded, a_statement(1, incoming("FEE", -30)))
        (found,) = await breaks(funded)
        path = f"/v1/bank/breaks/{found['id']}/resolve"

        wrong = await funded.post(path, {"resolution": "unexplained"})
        right = await funded.post(path, {"resolution": "bank-fee"})
        again = await funded.post(path, {"resolution": "bank-fee"})

        assert wrong.json()["code"] == "payments.resolution-unfit"
        assert right.json()["resolution"] == "bank-fee"
        assert again.json()["code"] == "payments.break-state"
        assert await balance(funded, "bank_cost") == 30
        assert (await standing(funded, "house"))["ledger"] == -30

    async def test_of_money_we_have_too_much_becomes_a_receipt(self, funded: Running) -> None:
        await told(funded, a_statement(1, opening=700))
        (found,) = await breaks(funded)

        reply = await funded.post(
            f"/v1/bank/breaks/{found['id']}/resolve", {"resolution": "unexplained"}
        )

        (receipt,) = (await funded.http.get("/v1/bank/receipts")).json()["receipts"]
        assert reply.status_code == 200
        assert receipt["left"]["amount_minor"] == 700
        assert (await standing(funded, "house"))["breaks"] == 0

    async def test_of_a_payout_never_sent_gives_the_seller_the_money(self, funded: Running) -> None:
        await paid_out(funded, 5_000, simulated.MISSING)
        await days_pass(funded, 2)
        (found,) = await breaks(funded)
        assert (found["age_days"], found["owner"]) == (0, "operator")

        await days_pass(funded, 4)
        (aged,) = await breaks(funded)
        reply = await funded.post(
            f"/v1/bank/breaks/{found['id']}/resolve", {"resolution": "not-sent"}
        )

        assert aged["age_days"] == 4
        assert reply.status_code == 200, reply.text
        assert await balance(funded, AVAILABLE) == FUNDS
        assert (await standing(funded))["breaks"] == 0

    async def test_that_the_bank_corrects_closes_itself(self, funded: Running) -> None:
        odd = incoming("ODD", -900, references=("ODD1",))
        back = incoming("BACK", 900, references=("ODD1",), is_reversal=True)
        await told(funded, a_statement(1, odd))

        await told(funded, a_statement(2, back, opening=-900))

        assert await breaks(funded) == []
        assert (await standing(funded, "house"))["ledger"] == 0
        assert (await funded.http.get("/v1/bank/receipts")).json()["receipts"] == []


class TestUnmatched:
    @pytest.fixture
    async def buyers(self, buyers: Running) -> Running:
        """Order A-001 is paid by its provider, which settles with our bank."""
        await captured(buyers)
        return buyers

    async def receipt(self, at: Running) -> dict[str, Any]:
        (found,) = (await at.http.get("/v1/bank/receipts")).json()["receipts"]
        return dict(found)

    async def link(
        self, at: Running, receipt_id: str, minor: int, key: str, order: str = ORDER
    ) -> httpx.Response:
        body = {"order_id": order, "amount": {"amount_minor": minor, "currency": "CNY"}}
        headers = {"Idempotency-Key": key}
        return await at.post(f"/v1/bank/receipts/{receipt_id}/link", body, headers=headers)

    async def test_is_linked_many_to_many_and_each_link_once(self, buyers: Running) -> None:
        await told(buyers, a_statement(1, incoming("IN1", 5_000)))
        first = await self.receipt(buyers)
        one = await self.link(buyers, first["id"], 3_000, "k1")
        twice = await self.link(buyers, first["id"], 3_000, "k1")
        rest = await self.link(buyers, first["id"], 2_000, "k2")
        await told(buyers, a_statement(2, incoming("IN2", 4_000), opening=5_000))
        second = await self.receipt(buyers)

        too_much = await self.link(buyers, second["id"], 2_638, "k3")
        last = await self.link(buyers, second["id"], 2_637, "k4")

        assert one.json() == twice.json()
        assert (rest.json()["state"], last.json()["left"]["amount_minor"]) == ("linked", 1_363)
        assert too_much.json()["code"] == "payments.link-exceeds-capture"
        assert await balance(buyers, "psp:simulated") == 0
        assert await balance(buyers, f"unmatched:{second['id']}") == 1_363
        story = (await buyers.http.get(f"/v1/orders/{ORDER}/money")).json()
        purposes = [posting["purpose"] for posting in story["postings"]]
        assert purposes.count("receipt-linked") == 3
        await standing(buyers, "house")

    async def test_refuses_what_does_not_fit(self, buyers: Running) -> None:
        await told(buyers, a_statement(1, incoming("IN1", 100)))
        receipt_id = (await self.receipt(buyers))["id"]
        unknown = ORDER[:-1] + ("0" if ORDER[-1] != "0" else "1")
        unpaid = order_placed(order_id=unknown, order_no="TASIK-2")

        more = await self.link(buyers, receipt_id, 101, "k1")
        nowhere = await self.link(buyers, receipt_id, 1, "k2", order=unknown)
        await buyers.hear(unpaid, key=unknown)
        nobody = await self.link(buyers, receipt_id, 1, "k3", order=unknown)

        codes = [reply.json()["code"] for reply in (more, nowhere, nobody)]
        assert codes == [
            "payments.link-exceeds-receipt",
            "payments.order-not-known",
            "payments.payment-not-known",
        ]

    async def test_goes_back_after_fourteen_days_and_not_before(self, buyers: Running) -> None:
        await told(buyers, a_statement(1, incoming("IN1", 5_000)))
        receipt = await self.receipt(buyers)
        await self.link(buyers, receipt["id"], 2_000, "k1")

        buyers.wait(timedelta(days=14, seconds=-1))
        await tick(buyers)
        still = await self.receipt(buyers)
        buyers.wait(timedelta(seconds=1))
        await tick(buyers)
        await tick(buyers)

        late = await self.link(buyers, receipt["id"], 1, "k2")
        assert still["left"]["amount_minor"] == 3_000
        assert late.json()["code"] == "payments.receipt-state"
        assert await balance(buyers, f"unmatched:{receipt['id']}") == 0
        assert await balance(buyers, "bank:house") == 2_000
        (file,) = (await buyers.http.get("/v1/bank/payment-files")).json()["files"]
        assert (file["account"], file["total"]["amount_minor"]) == ("house", 3_000)
        # The bank sends it and says so: nothing is left open.
        reference = receipt["id"].rpartition("_")[2].upper()
        now = NOON + timedelta(days=15)
        out = incoming("OUT", -3_000, references=(reference,), booked_at=now)
        await told(buyers, a_statement(2, out, opening=5_000, until_at=now))
        assert (await standing(buyers, "house"))["awaited"] == 0
        assert await breaks(buyers) == []
