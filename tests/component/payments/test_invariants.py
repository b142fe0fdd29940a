"""The promises that are asked every minute: kept by the service, and seen when broken by hand."""

from datetime import timedelta

from sqlalchemy import update

from services.payments.store.tables import account, payment
from services.payments.usecases.watch_invariants import watch_invariants
from tests.builders.running import Running
from tests.component.payments.story import ORDER, authorise, captured, order_placed


async def broken(at: Running) -> set[str]:
    async with at.service.store.reading() as tx:
        return {each.promise for each in await tx.invariants.broken(now=tx.now)}


class TestInvariants:
    async def test_hold_while_money_is_held_and_taken(self, buyers: Running) -> None:
        await buyers.hear(order_placed(), key=ORDER)
        await authorise(buyers)
        held = await broken(buyers)

        async with buyers.service.store.transaction() as tx:
            await watch_invariants(tx)

        assert held == set()

    async def test_name_a_hold_that_outlives_its_deadline(self, buyers: Running) -> None:
        await buyers.hear(order_placed(), key=ORDER)
        await authorise(buyers)

        buyers.clock.move(timedelta(days=8))

        assert await broken(buyers) == {"no hold outlives its deadline"}

    async def test_name_a_counter_and_a_refund_changed_by_hand(self, buyers: Running) -> None:
        await captured(buyers)
        async with buyers.service.store.transaction() as tx:
            psp = account.c.code == "psp:simulated"
            changed = {"debits": account.c.debits + 1, "debits_pending": 5}
            await tx.connection.execute(update(account).where(psp).values(**changed))
            await tx.connection.execute(update(payment).values(charged_back_minor=1_000_000))

        assert await broken(buyers) == {
            "a currency sums to zero",
            "pending counters are the open holds",
            "refunds and chargebacks stay within the capture",
            "the ledger equals the bank, or a break says why",
        }
