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
from shared.contracts.members.events import DelegationGiven, DelegationWithdrawn
from shared.kernel.ids import derived_id
from tests.builders.customs_gate import (
    NOON,
    SENDER,
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
LATER = NOON + timedelta(hours=8) + SECOND
"""A second after the hub's noon, when the tests withdraw lists."""
ORDERS = list(itertools.permutations(DOCUMENTS))


CODES = (SENDER["copCode"], "TASIK", "PAYCO", "232", "AGENT")
"""Under what the sample messages are sent and filed."""
FIRM = derived_id("mbr", "cn-hgh", "a member")
"""The member in whose name the tests act."""
OTHER = derived_id("mbr", "cn-hgh", "another member")


@pytest.fixture
async def gate(destination: Running) -> Running:
    """Customs of cn-hgh, where the sample firms are one member's."""
    await register(destination, *CODES)
    return destination


async def register(customs: Running, *codes: str, member_id: str = FIRM) -> None:
    for code in codes:
        put = await customs.http.put(f"/v1/gates/cn/filers/{code}", json={"member_id": member_id})
        assert put.status_code == 200, put.text


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
    async def test_matches_four_documents_and_releases_the_parcel(self, gate: Running) -> None:
        answered = await send_four(gate)
        (declaration,) = await all_declarations(gate)

        assert answered == ["120", "120", "120", "800"]
        assert steps(declaration) == [2, 3, 120, 800]
        assert declaration["tax"] == {"amount_minor": 637, "currency": "CNY"}
        assert await gate.said(DeclarationReleased) == []

    async def test_ends_the_same_whichever_of_the_four_comes_first_and_however_often(
        self, gate: Running
    ) -> None:
        for number, order in enumerate(ORDERS):
            for message in order:
                document = DOCUMENTS[message](f"P{number}")
                first = statuses(await send(gate, message, document))
                second = statuses(await send(gate, message, document))
                assert first == second, (order, message)

        found = await all_declarations(gate)

        assert len(found) == len(ORDERS) == 24
        assert all(outcome(one) == outcome(found[0]) for one in found)
        assert {one["status"] for one in found} == {800}

    async def test_says_that_a_list_waits_for_its_papers(self, gate: Running) -> None:
        (receipt,) = await send(gate, 621, list_621())

        (declaration,) = await all_declarations(gate)
        read = (await gate.http.get(f"/v1/declarations/{declaration['id']}")).json()
        assert receipt.text("response_status_code") == "2"
        assert read["missing"] == ["order", "payment", "waybill"]

    async def test_returns_a_parcel_whose_documents_differ_field_by_field(
        self, gate: Running
    ) -> None:
        wrong = changed(list_621(), line={"quantity": 2, "line_amount": 116}, buyer_name="王伟")
        answered = await send_four(gate, m621=as_decimals(wrong))
        (declaration,) = await all_declarations(gate)

        findings = {(f["field"], tuple(f["documents"])) for f in declaration["findings"]}
        assert answered[-1] == "100"
        assert findings == {
            ("buyer.name", ("order", "list")),
            ("lines[1].quantity", ("order", "list")),
            ("goods", ("order", "list")),
        }

    async def test_declares_again_under_the_same_number_what_was_changed(
        self, gate: Running
    ) -> None:
        wrong = changed(waybill_511(), consignee_phone="13800000002")
        right = changed(waybill_511(), function_code="2", issue_date_time=NOON + SECOND)
        answered = await send_four(gate, m511=wrong)
        (too_soon,) = await send(gate, 511, changed(right, issue_date_time=NOON))
        (again,) = await send(gate, 511, right)
        (declaration,) = await all_declarations(gate)

        assert answered[-1] == "100"
        assert statuses([too_soon, again]) == ["-511903", "120"]
        assert steps(declaration) == [2, 3, 100, 2, 3, 120, 800]

    async def test_answers_with_the_code_of_the_limit(self, gate: Running) -> None:
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
            gate,
            m311=as_decimals(order),
            m411=as_decimals(changed(payment_411(), payment_amount="5452.00")),
            m511=as_decimals(changed(waybill_511(), freight_amount="300.00")),
            m621=as_decimals(listed),
        )

        assert answered == ["120", "120", "120", "-621005"]


class TestRefusals:
    async def test_name_the_number_that_is_taken(self, gate: Running) -> None:
        other = as_decimals(changed(order_311(), freight_amount="13.00"))
        await send(gate, 311, order_311())
        (taken,) = await send(gate, 311, other)
        twice = await send(gate, 411, payment_411(), payment_411())

        assert taken.text("response_status_code") == "-311903"
        assert statuses(twice) == ["120", "-411903"]

    async def test_keep_an_accepted_parcel_as_it_is(self, gate: Running) -> None:
        await send_four(gate)
        late = as_decimals(changed(list_621(), function_code="2", freight_amount="13.00"))
        (receipt,) = await send(gate, 621, late)
        (declaration,) = await all_declarations(gate)

        assert receipt.text("response_status_code") == "-621904"
        assert declaration["status"] == 800

    async def test_let_the_other_documents_of_the_message_through(self, gate: Running) -> None:
        bad = changed(order_311("B"), currency_code="999")
        body = xml(311, order_311("A"), order_311("C"), bad).decode()
        body = body.replace("<ceb:orderNo>TASIK-C</ceb:orderNo>", "<ceb:orderNo></ceb:orderNo>")

        reply = await post(gate, body.encode())

        receipts = list(read_message(reply.content).documents)
        assert statuses(receipts) == ["120", "-311901", "-311902"]
        assert "orderNo is missing" in receipts[1].text("response_text")

    @pytest.mark.parametrize(("amount", "status"), [("6.36", "100"), ("6.38", "100")])
    async def test_find_one_fen(self, gate: Running, amount: str, status: str) -> None:
        order = as_decimals(changed(order_311(), duty_tax_fee_amount=amount))

        answered = await send_four(gate, m311=order)
        (declaration,) = await all_declarations(gate)

        assert answered[-1] == status
        assert {f["field"] for f in declaration["findings"]} == {"paid", "tax"}

    async def test_refuse_a_whole_message_that_is_none(self, gate: Running) -> None:
        bomb = b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
        replies = {
            "customs.message-unreadable": await post(gate, bomb),
            "customs.message-too-long": await post(gate, xml(311, *[order_311()] * 101)),
            "customs.message-type-unknown": await post(gate, b"<CEB999Message/>"),
        }

        for code, reply in replies.items():
            assert reply.json()["code"] == code
            assert 400 <= reply.status_code < 500

    async def test_say_that_another_country_has_another_gate(self, origin: Running) -> None:
        reply = await post(origin, xml(311, order_311()))

        assert reply.json()["code"] == "customs.gate-elsewhere"


class TestWithdrawal:
    async def test_ends_a_list_before_it_is_accepted(self, gate: Running) -> None:
        await send(gate, 621, list_621())
        first = await send(gate, 623, withdrawal_623())
        second = await send(gate, 623, withdrawal_623())
        for message in (311, 411, 511):
            await send(gate, message, DOCUMENTS[message]())
        (declaration,) = await all_declarations(gate)

        assert statuses([*first, *second]) == ["399", "399"]
        assert declaration["status"] == 1
        assert declaration["withdrawn"] == "withdrawn-by-declarant"

    @pytest.mark.parametrize("turn", [(0, 1), (1, 0)])
    async def test_lets_the_list_be_sent_again_under_its_number(
        self, gate: Running, turn: tuple[int, int]
    ) -> None:
        await send(gate, 621, list_621())
        (before,) = await all_declarations(gate)
        await send(gate, 623, withdrawal_623())
        again = changed(list_621(), function_code="2", issue_date_time=LATER)
        for part in turn:
            if part:
                await send(gate, 621, again)
                await send(gate, 621, again)
            else:
                for message in (311, 411, 511):
                    await send(gate, message, DOCUMENTS[message]())
        (after,) = await all_declarations(gate)

        assert (after["id"], after["withdrawn"], after["status"]) == (before["id"], "", 800)

    async def test_stands_against_a_list_issued_before_it_and_can_be_said_again(
        self, gate: Running
    ) -> None:
        await send(gate, 621, list_621())
        await send(gate, 623, withdrawal_623())
        early = changed(list_621(), function_code="2", issue_date_time=LATER - 2 * SECOND)
        await send(gate, 621, early)
        (still,) = await all_declarations(gate)
        await send(gate, 621, changed(list_621(), function_code="2", issue_date_time=LATER))
        gate.wait(2 * SECOND)
        second = await send(gate, 623, withdrawal_623())
        (gone,) = await all_declarations(gate)

        assert still["withdrawn"] == "withdrawn-by-declarant"
        assert statuses(second) == ["399"]
        assert gone["withdrawn"] == "withdrawn-by-declarant"

    async def test_of_what_was_sent_back_is_final(self, gate: Running) -> None:
        await send_four(gate, "A-RED")
        await send(gate, 623, withdrawal_623("A-RED"))
        again = changed(list_621("A-RED"), function_code="2", issue_date_time=LATER)
        (receipt,) = await send(gate, 621, again)

        assert receipt.text("response_status_code") == "-621904"
        assert (await all_declarations(gate))[0]["status"] == 700

    async def test_comes_too_late_for_what_is_released(self, gate: Running) -> None:
        await send_four(gate)
        (receipt,) = await send(gate, 623, withdrawal_623())

        assert receipt.text("response_status_code") == "-623904"

    async def test_sends_back_what_is_accepted_and_held(self, gate: Running) -> None:
        await send_four(gate, "A-RED")
        (receipt,) = await send(gate, 623, withdrawal_623("A-RED"))
        (declaration,) = await all_declarations(gate)

        assert receipt.text("response_status_code") == "399"
        assert declaration["status"] == 700

    async def test_knows_only_lists_that_were_sent(self, gate: Running) -> None:
        (receipt,) = await send(gate, 623, withdrawal_623())

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
    async def test_is_told_line_by_line_in_the_gate_s_own_message(self, gate: Running) -> None:
        await send_four(gate)
        (declaration,) = await all_declarations(gate)
        path = f"/v1/tax-bills/{declaration['tax_bill_no']}/message"

        message = read_message((await gate.http.get(path)).content)

        (bill,) = message.documents
        assert message.type.name == "CEB816Message"
        assert bill.faults == ()
        assert bill.head["value_added_tax_amount"] == Decimal("6.37")
        assert bill.text("guarantor_id") == "GUARANTEE-1"
        assert bill.text("duty_tax_bill_status_code") == "1"
        assert [line["duty_tax_base_amount"] for line in bill.lines] == [Decimal("70.00")]


class TestFilers:
    """Who may file what: under codes of one's own, or of a member that lets one act for it."""

    async def test_that_nobody_registered_are_refused_and_nothing_is_kept(
        self, destination: Running
    ) -> None:
        reply = await post(destination, xml(311, order_311()))

        assert reply.status_code == 403
        problem = reply.json()
        assert (problem["code"], problem["field"]) == (
            "customs.sender-not-registered",
            "BaseTransfer.copCode",
        )
        assert SENDER["copCode"] in problem["detail"]

    async def test_file_under_no_code_of_another_firm(self, gate: Running) -> None:
        await register(gate, "TASIK", member_id=OTHER)

        receipts = await send(gate, 311, order_311(), order_311("B001", platform_id="232"))

        assert statuses(receipts) == ["-311905", "120"]
        assert "TASIK" in receipts[0].text("response_text")

    @pytest.mark.parametrize("times", [1, 2])
    async def test_file_for_whoever_lets_them_until_it_is_taken_back(
        self, gate: Running, times: int
    ) -> None:
        await register(gate, "TASIK", member_id=OTHER)
        await gate.hear(a_delegation(gate), times=times)
        allowed = statuses(await send(gate, 311, order_311()))
        await gate.hear(withdrawn(gate), times=times)
        refused = statuses(await send(gate, 311, order_311("B001")))

        assert (allowed, refused) == (["120"], ["-311905"])

    async def test_never_act_on_what_was_taken_back_before_it_was_heard(
        self, gate: Running
    ) -> None:
        await register(gate, "TASIK", member_id=OTHER)
        await gate.hear(withdrawn(gate))
        await gate.hear(a_delegation(gate))

        assert statuses(await send(gate, 311, order_311())) == ["-311905"]

    async def test_act_only_in_the_matter_and_the_time_they_were_given(self, gate: Running) -> None:
        await register(gate, "TASIK", member_id=OTHER)
        await gate.hear(a_delegation(gate, scopes=("orders:write",)))
        other_matter = statuses(await send(gate, 311, order_311()))
        await gate.hear(a_delegation(gate, name="second"))
        in_time = statuses(await send(gate, 311, order_311()))
        gate.wait(timedelta(days=8))
        too_late = statuses(await send(gate, 311, order_311("B001")))

        assert (other_matter, in_time, too_late) == (["-311905"], ["120"], ["-311905"])

    async def test_are_listed_by_code_and_removed_by_officers(self, gate: Running) -> None:
        first = (await gate.http.get("/v1/gates/cn/filers?limit=2")).json()["items"]
        rest = (await gate.http.get(f"/v1/gates/cn/filers?after={first[-1]['code']}")).json()
        gone = await gate.http.delete("/v1/gates/cn/filers/TASIK")
        again = await gate.http.delete("/v1/gates/cn/filers/TASIK")

        assert [one["code"] for one in first + rest["items"]] == sorted(CODES)
        assert {one["member_id"] for one in first} == {FIRM}
        assert (gone.status_code, again.status_code) == (204, 404)
        assert again.json()["code"] == "customs.filer-not-found"
        assert statuses(await send(gate, 311, order_311())) == ["-311905"]

    async def test_are_no_business_of_those_who_only_file(self, gate: Running) -> None:
        headers = gate.office.headers("customs:write")
        put = await gate.http.put(
            "/v1/gates/cn/filers/TASIK", json={"member_id": FIRM}, headers=headers
        )

        assert put.status_code == 403


def a_delegation(
    customs: Running, *, scopes: tuple[str, ...] = ("customs:write",), name: str = "first"
) -> DelegationGiven:
    """The other member lets the tests' member act for it for a week."""
    now = customs.clock.now()
    return DelegationGiven(
        delegation_id=derived_id("dlg", customs.hub, name),
        member_id=OTHER,
        agent_id=FIRM,
        scopes=scopes,
        valid_until=now + timedelta(days=7),
        given_at=now,
    )


def withdrawn(customs: Running) -> DelegationWithdrawn:
    return DelegationWithdrawn(
        delegation_id=derived_id("dlg", customs.hub, "first"),
        member_id=OTHER,
        agent_id=FIRM,
        withdrawn_at=customs.clock.now(),
    )
