"""The buyer's hub: authorise, capture, and release when delivered and cleared."""

import itertools
from datetime import timedelta

import pytest

from shared.contracts.event import Event
from shared.contracts.payments.events import PaymentCaptured, PaymentRefunded, ProceedsReleased
from shared.contracts.registry import topic_of
from shared.messaging.bus import Batch, InRecord
from shared.messaging.cloudevents import record_of
from tests.builders.running import Running
from tests.component.payments.story import (
    MARKETPLACE,
    MY,
    ORDER,
    authorise,
    balance,
    captured,
    check,
    declaration_released,
    declaration_sent_back,
    order_cancelled,
    order_placed,
    parcel_booked,
    parcel_delivered,
    tick,
)


class TestAuthorise:
    async def test_of_an_order_not_known_yet_may_be_tried_again_with_the_same_key(
        self, buyers: Running
    ) -> None:
        early = await authorise(buyers, "k1")
        await buyers.hear(order_placed(), key=ORDER)
        later = await authorise(buyers, "k1")

        assert (early.status_code, early.json()["code"]) == (404, "payments.order-not-known")
        assert (later.status_code, later.json()["state"]) == (201, "authorised")

    async def test_gives_the_same_reply_to_the_same_key_and_refuses_another_body(
        self, buyers: Running
    ) -> None:
        await buyers.hear(order_placed(), key=ORDER)
        first = await authorise(buyers, "k1")
        again = await authorise(buyers, "k1")
        other = await authorise(buyers, "k1", payer_name="Li Si")

        assert again.json() == first.json()
        assert again.headers["Idempotency-Replayed"] == "true"
        assert "Idempotency-Replayed" not in first.headers
        assert (other.status_code, other.json()["code"]) == (422, "payments.id-reused")

    async def test_needs_a_key(self, buyers: Running) -> None:
        body = {"order_id": ORDER, "amount": {"amount_minor": 7637, "currency": "CNY"}}

        reply = await buyers.http.post("/v1/payments", json=body)

        assert (reply.status_code, reply.json()["code"]) == (400, "idempotency-key-missing")

    async def test_can_be_declined_by_the_magic_instrument(self, buyers: Running) -> None:
        await buyers.hear(order_placed(), key=ORDER)

        declined = await authorise(buyers, instrument="test-declined")

        assert (declined.status_code, declined.json()["state"]) == (201, "declined")
        assert (await authorise(buyers)).json()["state"] == "authorised"

    async def test_is_refused_twice_for_one_order_and_for_another_total(
        self, buyers: Running
    ) -> None:
        await buyers.hear(order_placed(), key=ORDER)
        wrong = await authorise(buyers, amount={"amount_minor": 7636, "currency": "CNY"})
        await authorise(buyers)
        second = await authorise(buyers)

        assert (wrong.status_code, wrong.json()["code"]) == (422, "payments.amount-differs")
        assert (second.status_code, second.json()["code"]) == (
            409,
            "payments.order-already-paid",
        )

    async def test_hides_other_marketplaces_orders(self, buyers: Running) -> None:
        await buyers.hear(order_placed(), key=ORDER)
        payment = (await authorise(buyers)).json()
        foreign = buyers.office.headers("payments:read", member_id=MARKETPLACE.replace("a", "b"))
        own = buyers.office.headers("payments:read", member_id=MARKETPLACE)

        replies = [
            await buyers.http.get(f"/v1/payments/{payment['id']}", headers=headers)
            for headers in (own, foreign)
        ]

        assert [reply.status_code for reply in replies] == [200, 404]


class TestCapture:
    async def test_puts_a_001_into_escrow_and_says_so_to_both_hubs(self, buyers: Running) -> None:
        payment = await captured(buyers)

        (envelope,) = await buyers.envelopes()
        (event,) = await buyers.said(PaymentCaptured)
        assert payment["captured"] == {"amount_minor": 7637, "currency": "CNY"}
        assert await balance(buyers, f"escrow:{ORDER}") == 7637
        assert (envelope.audience, envelope.subject, envelope.sequence) == (MY, ORDER, 1)
        assert (event.amount.amount_minor, event.payer_name) == (7637, "Zhang San")
        assert envelope.traceparent
        await check(buyers)

    async def test_never_keeps_the_payer_in_what_is_kept_for_ever(self, buyers: Running) -> None:
        await captured(buyers)

        async with buyers.service.store.database.reading() as connection:
            for table in ("command", "transfer", "account"):
                rows = (await connection.exec_driver_sql(f"SELECT * FROM {table}")).all()
                assert "Zhang" not in str(rows)
                assert "330106190001010017" not in str(rows)


class TestRelease:
    @pytest.mark.parametrize(
        "events",
        [
            list(order)
            for order in itertools.permutations(
                [parcel_booked(), parcel_delivered(), declaration_released()]
            )
        ],
        ids=lambda events: "-".join(type(event).__name__ for event in events),
    )
    async def test_waits_for_delivery_and_clearance_in_any_order_and_twice(
        self, buyers: Running, events: list[Event]
    ) -> None:
        await captured(buyers)

        for event in events:
            origin = MY if event.wire_name.startswith("logistics.parcel-booked") else None
            await buyers.hear(event, key=ORDER, origin=origin, times=2)

        (released,) = await buyers.said(ProceedsReleased)
        assert released.amount.amount_minor == 7637 - 637 - 290
        assert (released.tax.amount_minor, released.commission.amount_minor) == (637, 290)
        assert await balance(buyers, f"due_to_hub:{MY}") == 6710
        assert await balance(buyers, "tax_payable:CN-CUSTOMS:2026-09") == 637
        assert await balance(buyers, "fees") == 290
        assert await balance(buyers, f"escrow:{ORDER}") == 0
        assert await buyers.quarantined() == []
        await check(buyers)

    async def test_happens_even_when_the_order_is_heard_of_last(self, buyers: Running) -> None:
        await buyers.hear(declaration_released(), key=ORDER)
        await buyers.hear(parcel_delivered(), key=ORDER)
        await captured(buyers)
        assert await buyers.said(ProceedsReleased) == []

        await tick(buyers)

        assert len(await buyers.said(ProceedsReleased)) == 1

    async def test_waits_for_the_capture_when_everything_else_came_first(
        self, buyers: Running
    ) -> None:
        await buyers.hear(order_placed(), key=ORDER)
        payment = (await authorise(buyers)).json()
        await buyers.hear(parcel_delivered(), key=ORDER)
        await buyers.hear(declaration_released(), key=ORDER)
        assert await buyers.quarantined() == []
        await buyers.post(f"/v1/payments/{payment['id']}/capture", {})

        await tick(buyers)

        assert len(await buyers.said(ProceedsReleased)) == 1
        await check(buyers)

    async def test_waits_for_the_second_parcel_of_an_order(self, buyers: Running) -> None:
        await captured(buyers)
        await buyers.hear(parcel_booked("KV-2"), key=ORDER, origin=MY)
        await buyers.hear(parcel_booked(), key=ORDER, origin=MY)
        await buyers.hear(parcel_delivered(), key=ORDER)
        await buyers.hear(declaration_released(), key=ORDER)
        assert await buyers.said(ProceedsReleased) == []

        await buyers.hear(declaration_released("KV-2"), key=ORDER)
        await buyers.hear(parcel_delivered("KV-2"), key=ORDER)

        (released,) = await buyers.said(ProceedsReleased)
        assert released.tax.amount_minor == 2 * 637

    async def test_sets_a_bill_in_another_currency_aside(self, buyers: Running) -> None:
        await captured(buyers)
        await buyers.hear(parcel_delivered(), key=ORDER)
        wrong = declaration_released(tax={"amount_minor": 637, "currency": "MYR"})

        await buyers.hear(wrong, key=ORDER)

        ((reason, _),) = await buyers.quarantined()
        assert reason == "payments.tax-currency-differs"
        assert await balance(buyers, f"escrow:{ORDER}") == 7637


class TestGiveBack:
    async def test_of_a_parcel_sent_back_refunds_the_buyer_once(self, buyers: Running) -> None:
        payment = await captured(buyers)

        await buyers.hear(declaration_sent_back(), key=ORDER, times=2)
        waiting = await balance(buyers, "buyer_refund_payable")
        await tick(buyers)
        await tick(buyers)

        (refunded,) = await buyers.said(PaymentRefunded)
        after = (await buyers.http.get(f"/v1/payments/{payment['id']}")).json()
        assert waiting == 7637
        assert (refunded.amount.amount_minor, refunded.reason) == (7637, "inspection-700")
        assert after["state"] == "refunded"
        assert await balance(buyers, "psp:simulated") == 0
        await check(buyers)

    @pytest.mark.parametrize("first", ["placed", "cancelled"])
    async def test_of_a_cancelled_order_lets_nobody_pay_it(
        self, buyers: Running, first: str
    ) -> None:
        events: list[Event] = [order_placed(), order_cancelled()]
        for event in events if first == "placed" else reversed(events):
            await buyers.hear(event, key=ORDER, times=2)

        reply = await authorise(buyers)

        assert (reply.status_code, reply.json()["code"]) == (409, "payments.order-cancelled")

    async def test_of_an_order_only_authorised_frees_the_hold(self, buyers: Running) -> None:
        await buyers.hear(order_placed(), key=ORDER)
        payment = (await authorise(buyers)).json()

        await buyers.hear(order_cancelled(), key=ORDER, times=2)

        after = (await buyers.http.get(f"/v1/payments/{payment['id']}")).json()
        assert after["state"] == "voided"
        await check(buyers)

    async def test_of_a_forgotten_authorisation_happens_by_itself(self, buyers: Running) -> None:
        await buyers.hear(order_placed(), key=ORDER)
        payment = (await authorise(buyers)).json()
        buyers.clock.move(timedelta(days=7))
        buyers.http.headers.update(buyers.office.headers("payments:read", "hub:operate"))

        await tick(buyers)

        after = (await buyers.http.get(f"/v1/payments/{payment['id']}")).json()
        assert after["state"] == "expired"
        await check(buyers)


class TestPeers:
    async def test_may_not_place_or_cancel_orders_of_our_buyers(self, buyers: Running) -> None:
        await captured(buyers)

        await buyers.hear(order_placed(), key="a", origin=MY)
        await buyers.hear(order_cancelled(), key="b", origin=MY)

        reasons = [reason for reason, _ in await buyers.quarantined()]
        assert reasons == ["payments.order-elsewhere"] * 2
        assert await balance(buyers, f"escrow:{ORDER}") == 7637

    async def test_that_have_no_part_in_an_order_say_nothing_about_its_parcels(
        self, buyers: Running
    ) -> None:
        await captured(buyers)
        stranger = buyers.envelope(parcel_booked("KV-9"), key=ORDER, origin="sg-sin")
        topic = topic_of("logistics", origin=MY)
        out = record_of(stranger, topic)
        record = InRecord(topic, out.key, out.value, out.headers, 0, 0, 900)

        await buyers.service.consumer.handle(Batch(topic, 0, [record], 901, 901))

        ((reason, _),) = await buyers.quarantined()
        assert reason == "payments.order-elsewhere"
