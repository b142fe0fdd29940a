"""What a payment provider says it holds is compared with the ledger, as with any bank."""

from datetime import timedelta

from services.payments.clients.simulated import SimulatedProvider
from services.payments.domain.statement import BankEntry, reference_of
from services.payments.usecases.instruct_bank import take_simulated_statements
from shared.contracts.payments.events import BreakOpened
from tests.builders.running import Running
from tests.component.payments.story import ORDER, balance, captured
from tests.component.payments.test_bank_flow import (
    NOON,
    a_statement,
    breaks,
    correct,
    days_pass,
    standing,
    told,
)

PROVIDER = "psp:simulated"
OURS = reference_of(ORDER)


def took(minor: int, name: str = "P1", *, reference: str = OURS) -> BankEntry:
    return BankEntry(name, minor, NOON, (reference,), text="captured")


class TestSimulatedProvider:
    async def test_states_what_it_took_and_gave_back(self, buyers: Running) -> None:
        payment = await captured(buyers)
        back = {"amount_minor": 637, "currency": "CNY"}
        refund = {"payment_id": payment["id"], "amount": back, "reason": "damaged"}
        await buyers.post("/v1/refunds", refund)

        await days_pass(buyers, 2)

        figures = await standing(buyers, PROVIDER)
        assert (figures["bank"], figures["ledger"]) == (7637 - 637, 7637 - 637)
        assert (figures["breaks"], figures["awaited"]) == (0, 0)
        assert await breaks(buyers) == []

    async def test_takes_several_statements_for_a_busy_day(self, buyers: Running) -> None:
        await captured(buyers)
        for n in range(4):
            await correct(buyers, PROVIDER, "bank_cost", 100 + n, name=str(n))
        buyers.wait(timedelta(days=1))
        provider = SimulatedProvider(is_test=True, clock=buyers.clock)

        async with buyers.service.store.transaction() as tx:
            await take_simulated_statements(tx, tellers=(provider,), entries_max=2)

        assert (await standing(buyers, PROVIDER))["awaited"] == 0
        assert await breaks(buyers) == []
        async with buyers.service.store.reading() as tx:
            last = await tx.banking.last_statement(PROVIDER, "CNY")
        assert last is not None
        assert (last.sequence, last.closing_minor) == (3, 7637 + 406)


class TestAProviderThatErrs:
    async def test_keeps_a_fee_that_becomes_its_cost(self, buyers: Running) -> None:
        await captured(buyers)
        await told(buyers, a_statement(1, took(7600), account=PROVIDER))
        (found,) = await breaks(buyers)

        resolve = f"/v1/bank/breaks/{found['id']}/resolve"
        reply = await buyers.post(resolve, {"resolution": "bank-fee"})

        assert (found["reason"], found["amount"]["amount_minor"]) == ("amount-differs", -37)
        assert reply.status_code == 200, reply.text
        assert await balance(buyers, "psp_cost") == 37
        assert await balance(buyers, PROVIDER) == 7600
        assert (await standing(buyers, PROVIDER))["breaks"] == 0

    async def test_names_money_we_do_not_know(self, buyers: Running) -> None:
        await captured(buyers)
        strange = took(900, "P2", reference="NOBODYS")

        await told(buyers, a_statement(1, took(7637), strange, account=PROVIDER))

        (opened,) = await buyers.said(BreakOpened)
        assert (opened.reason, opened.amount.amount_minor) == ("unexpected-credit", 900)
        assert (await buyers.http.get("/v1/bank/receipts")).json()["receipts"] == []
        assert (await standing(buyers, PROVIDER))["breaks"] == 900

    async def test_does_not_tell_what_it_took(self, buyers: Running) -> None:
        await captured(buyers)
        buyers.wait(timedelta(days=2))

        await told(buyers, a_statement(1, account=PROVIDER, until_at=NOON + timedelta(days=2)))

        (found,) = await breaks(buyers)
        assert (found["reason"], found["amount"]["amount_minor"]) == ("not-on-statement", -7637)
