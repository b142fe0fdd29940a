"""Parcels declared at China's gate by message: filed, matched and answered document by document."""

import itertools
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from services.customs.clients.gate_xml import read_message
from services.customs.domain.gate.message import GateDocument
from shared.contracts.customs.events import DeclarationReleased
from tests.builders.customs_gate import (
    NOON,
    changed,
    list_621,
    order_311,
    payment_411,
    waybill_511,
    withdrawal_623,
    xml,
)
from tests.builders.running import Running
from tests.component.customs.steps import all_declarations, steps

DOCUMENTS = {311: order_311, 411: payment_411, 511: waybill_511, 621: list_621}
SECOND = timedelta(seconds=1)
ORDERS = list(itertools.permutations(DOCUMENTS))


async def send(customs: Running, number: int, *documents: GateDocument) -> list[GateDocument]:
    """Send one message and return the receipts."""
    reply = await post(customs, xml(number, *documents))
    assert reply.status_code == 200, reply.text
    return list(read_message(reply.content).documents)


async def post(customs: Running, body: bytes) -> httpx.Response:
    headers = {"Content-Type": "application/xml"}
    return await customs.post("/v1/gates/cn/messages", content=body, headers=headers)


def statuses(receipts: list[GateDocument]) -> list[str]:
    return [one.text("response_status_code") for one in receipts]


async def send_four(customs: Running, number: str = "A001", **other: GateDocument) -> list[str]:
    """Send order, payment, waybill and list; return the status of each receipt."""
    found = []
    for message, build in DOCUMENTS.items():
        document = other.get(f"m{message}", build(number))
        found += statuses(await send(customs, message, document))
    return found


class TestGate:
    async def test_matches_four_documents_and_releases_the_parcel(
        self, destination: Running
    ) -> None:
        answered = await send_four(destination)
        (declaration,) = await all_declarations(destination)

        assert answered == ["120", "120", "120", "800"]
        assert steps(declaration) == [2, 3, 120, 800]
        assert declaration["tax"] == {"amount_minor": 637, "currency": "CNY"}
        assert await destination.said(DeclarationReleased) == []

    async def test_ends_the_same_whichever_of_the_four_comes_first_and_however_often(
        self, destination: Running
    ) -> None:
        for number, order in enumerate(ORDERS):
            for message in order:
                document = DOCUMENTS[message](f"P{number}")
                first = statuses(await send(destination, message, document))
                second = statuses(await send(destination, message, document))
                assert first == second, (order, message)

        found = await all_declarations(destination)

        assert len(found) == len(ORDERS) == 24
        assert all(outcome(one) == outcome(found[0]) for one in found)
        assert {one["status"] for one in found} == {800}

    async def test_says_that_a_list_waits_for_its_papers(self, destination: Running) -> None:
        (receipt,) = await send(destination, 621, list_621())

        (declaration,) = await all_declarations(destination)
        read = (await destination.http.get(f"/v1/declarations/{declaration['id']}")).json()
        assert receipt.text("response_status_code") == "2"
        assert read["missing"] == ["order", "payment", "waybill"]

    async def test_returns_a_parcel_whose_documents_differ_field_by_field(
        self, destination: Running
    ) -> None:
        wrong = changed(list_621(), line={"quantity": 2, "line_amount": 116}, buyer_name="王伟")
        answered = await send_four(destination, m621=as_decimals(wrong))
        (declaration,) = await all_declarations(destination)

        findings = {(f["field"], tuple(f["documents"])) for f in declaration["findings"]}
        assert answered[-1] == "100"
        assert findings == {
            ("buyer.name", ("order", "list")),
            ("lines[1].quantity", ("order", "list")),
            ("goods", ("order", "list")),
        }

    async def test_declares_again_under_the_same_number_what_was_changed(
        self, destination: Running
    ) -> None:
        wrong = changed(waybill_511(), consignee_phone="13800000002")
        right = changed(waybill_511(), function_code="2", issue_date_time=NOON + SECOND)
        answered = await send_four(destination, m511=wrong)
        (too_soon,) = await send(destination, 511, changed(right, issue_date_time=NOON))
        (again,) = await send(destination, 511, right)
        (declaration,) = await all_declarations(destination)

        assert answered[-1] == "100"
        assert statuses([too_soon, again]) == ["-511903", "120"]
        assert steps(declaration) == [2, 3, 100, 2, 3, 120, 800]

    async def test_answers_with_the_code_of_the_limit(self, destination: Running) -> None:
        order = changed(
            order_311(),
            line={"quantity": "14", "unit_price": "368.00", "line_amount": "5152.00"},
            invoice_amount="5152.00",
            duty_tax_fee_amount="0",
            freight_amount="300.00",
            payment_amount="5452.00",
        )
        listed = changed(
            list_621(),
            line={
                "classification_id": "9404909000",
                "quantity": "14",
                "unit_price": "368.00",
                "line_amount": "5152.00",
            },
            freight_amount="300.00",
        )
        answered = await send_four(
            destination,
            m311=as_decimals(order),
            m411=as_decimals(changed(payment_411(), payment_amount="5452.00")),
            m511=as_decimals(changed(waybill_511(), freight_amount="300.00")),
            m621=as_decimals(listed),
        )

        assert answered == ["120", "120", "120", "-621005"]


class TestRefusals:
    async def test_name_the_number_that_is_taken(self, destination: Running) -> None:
        other = as_decimals(changed(order_311(), freight_amount="13.00"))
        await send(destination, 311, order_311())
        (taken,) = await send(destination, 311, other)
        twice = await send(destination, 411, payment_411(), payment_411())

        assert taken.text("response_status_code") == "-311903"
        assert statuses(twice) == ["120", "-411903"]

    async def test_keep_an_accepted_parcel_as_it_is(self, destination: Running) -> None:
        await send_four(destination)
        late = as_decimals(changed(list_621(), function_code="2", freight_amount="13.00"))
        (receipt,) = await send(destination, 621, late)
        (declaration,) = await all_declarations(destination)

        assert receipt.text("response_status_code") == "-621904"
        assert declaration["status"] == 800

    async def test_let_the_other_documents_of_the_message_through(
        self, destination: Running
    ) -> None:
        bad = changed(order_311("B"), currency_code="999")
        body = xml(311, order_311("A"), order_311("C"), bad).decode()
        body = body.replace("<ceb:orderNo>TASIK-C</ceb:orderNo>", "<ceb:orderNo></ceb:orderNo>")

        reply = await post(destination, body.encode())

        receipts = list(read_message(reply.content).documents)
        assert statuses(receipts) == ["120", "-311901", "-311902"]
        assert "orderNo is missing" in receipts[1].text("response_text")

    @pytest.mark.parametrize(("amount", "status"), [("6.36", "100"), ("6.38", "100")])
    async def test_find_one_fen(self, destination: Running, amount: str, status: str) -> None:
        order = as_decimals(changed(order_311(), duty_tax_fee_amount=amount))

        answered = await send_four(destination, m311=order)
        (declaration,) = await all_declarations(destination)

        assert answered[-1] == status
        assert {f["field"] for f in declaration["findings"]} == {"paid", "tax"}

    async def test_refuse_a_whole_message_that_is_none(self, destination: Running) -> None:
        bomb = b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
        replies = {
            "customs.message-unreadable": await post(destination, bomb),
            "customs.message-too-long": await post(destination, xml(311, *[order_311()] * 101)),
            "customs.message-type-unknown": await post(destination, b"<CEB999Message/>"),
        }

        for code, reply in replies.items():
            assert reply.json()["code"] == code
            assert 400 <= reply.status_code < 500

    async def test_say_that_another_country_has_another_gate(self, origin: Running) -> None:
        reply = await post(origin, xml(311, order_311()))

        assert reply.json()["code"] == "customs.gate-elsewhere"


class TestWithdrawal:
    async def test_ends_a_list_before_it_is_accepted(self, destination: Running) -> None:
        await send(destination, 621, list_621())
        first = await send(destination, 623, withdrawal_623())
        second = await send(destination, 623, withdrawal_623())
        for message in (311, 411, 511):
            await send(destination, message, DOCUMENTS[message]())
        (declaration,) = await all_declarations(destination)

        assert statuses([*first, *second]) == ["399", "399"]
        assert declaration["status"] == 1
        assert declaration["withdrawn"] == "withdrawn-by-declarant"

    async def test_comes_too_late_for_what_is_released(self, destination: Running) -> None:
        await send_four(destination)
        (receipt,) = await send(destination, 623, withdrawal_623())

        assert receipt.text("response_status_code") == "-623904"

    async def test_sends_back_what_is_accepted_and_held(self, destination: Running) -> None:
        await send_four(destination, "A-RED")
        (receipt,) = await send(destination, 623, withdrawal_623("A-RED"))
        (declaration,) = await all_declarations(destination)

        assert receipt.text("response_status_code") == "399"
        assert declaration["status"] == 700

    async def test_knows_only_lists_that_were_sent(self, destination: Running) -> None:
        (receipt,) = await send(destination, 623, withdrawal_623())

        assert receipt.text("response_status_code") == "-623902"


def as_decimals(document: GateDocument) -> GateDocument:
    """Return a document whose changed amounts are what its elements hold."""

    def exact(values: Any) -> dict[str, Any]:
        amounts = ("amount", "price", "quantity", "mass")
        return {
            name: Decimal(value) if name.endswith(amounts) and name != "package_quantity" else value
            for name, value in values.items()
        }

    return changed(
        document,
        line=exact(document.lines[0]) if document.lines else None,
        **exact(document.head),
    )


def outcome(found: dict[str, Any]) -> dict[str, Any]:
    told_apart = {"id", "logistics_no", "order_id", "order_no", "tax_bill_no", "history", "version"}
    return {name: value for name, value in found.items() if name not in told_apart}


class TestTaxBill:
    async def test_is_told_line_by_line_in_the_gate_s_own_message(
        self, destination: Running
    ) -> None:
        await send_four(destination)
        (declaration,) = await all_declarations(destination)
        path = f"/v1/tax-bills/{declaration['tax_bill_no']}/message"

        message = read_message((await destination.http.get(path)).content)

        (bill,) = message.documents
        assert message.type.name == "CEB816Message"
        assert bill.faults == ()
        assert bill.head["value_added_tax_amount"] == Decimal("6.37")
        assert bill.text("guarantor_id") == "GUARANTEE-1"
        assert bill.text("duty_tax_bill_status_code") == "1"
        assert [line["duty_tax_base_amount"] for line in bill.lines] == [Decimal("70.00")]
