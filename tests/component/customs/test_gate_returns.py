"""Goods of a list that go back (625), and what the gate then says of its tax bill (816, 818)."""

from datetime import timedelta
from typing import Any

import pytest

from services.customs.clients.gate_xml import read_message
from services.customs.domain.gate.message import GateDocument
from tests.builders.customs_gate import list_621, return_625
from tests.builders.running import Running
from tests.component.customs.steps import all_declarations
from tests.component.customs.test_gate import gate, send, send_four, statuses

__all__ = ["gate"]


async def released(customs: Running, number: str = "A001") -> tuple[str, dict[str, Any]]:
    """Release a list; return its authority's number and its declaration."""
    await send_four(customs, number)
    found = {one["order_no"]: one for one in await all_declarations(customs)}
    return await number_of(customs, number), found[f"TASIK-{number}"]


async def arrive(customs: Running, receipt: GateDocument, condition: str) -> dict[str, Any]:
    """Have the goods of an application come back; return what became of it."""
    return_id = receipt.text("response_text").rpartition("return ")[2].removesuffix("]")
    path = f"/v1/returns/{return_id}/arrivals"
    reply = await customs.post(path, {"condition": condition})
    assert reply.status_code == 201, reply.text
    return reply.json()  # type: ignore[no-any-return]


async def bill_status(customs: Running, declaration: dict[str, Any]) -> GateDocument:
    path = f"/v1/tax-bills/{declaration['tax_bill_no']}/status-message"
    message = read_message((await customs.http.get(path)).content)
    assert message.type.name == "CEB818Message"
    (document,) = message.documents
    assert document.faults == ()
    return document


class TestReturn:
    async def test_voids_the_bill_once_the_goods_are_back(self, gate: Running) -> None:
        number, declaration = await released(gate)
        before = await bill_status(gate, declaration)
        first = await send(gate, 625, return_625(number))
        again = await send(gate, 625, return_625(number))
        decided = await arrive(gate, first[0], "original")
        last = await send(gate, 625, return_625(number))
        after = await bill_status(gate, declaration)

        assert statuses([*first, *again, *last]) == ["120", "120", "399"]
        assert decided["tax_returned"] == {"amount_minor": 637, "currency": "CNY"}
        assert decided["allowance_returned"] == {"amount_minor": 7_000, "currency": "CNY"}
        assert decided["refusal"] is None
        codes = [one.text("duty_tax_bill_status_code") for one in (before, after)]
        assert codes == ["1", "3"]
        assert after.text("declaration_id") == number

    @pytest.mark.parametrize(
        ("applied", "back", "refusal"),
        [(30, 45, None), (31, 31, "applied-late"), (30, 46, "arrived-late")],
    )
    async def test_is_decided_by_the_days_since_release(
        self, gate: Running, applied: int, back: int, refusal: str | None
    ) -> None:
        number, _ = await released(gate)
        gate.wait(timedelta(days=applied))
        (receipt,) = await send(gate, 625, return_625(number))
        if refusal == "applied-late":
            assert receipt.text("response_status_code") == "100"
            assert "C13, applied-late" in receipt.text("response_text")
            return
        gate.wait(timedelta(days=back - applied))

        assert (await arrive(gate, receipt, "original"))["refusal"] == refusal

    async def test_keeps_the_tax_of_goods_that_are_not_as_they_were(self, gate: Running) -> None:
        number, declaration = await released(gate)
        (receipt,) = await send(gate, 625, return_625(number))
        decided = await arrive(gate, receipt, "damaged")

        assert decided["refusal"] == "not-original"
        assert (await bill_status(gate, declaration)).text("duty_tax_bill_status_code") == "1"

    async def test_never_takes_more_back_than_came_in(self, gate: Running) -> None:
        number, _ = await released(gate)
        too_many = await send(gate, 625, return_625(number, quantity=2))
        await send(gate, 625, return_625(number))
        second = await send(gate, 625, return_625(number, trader_reference="COP-other"))

        assert statuses([*too_many, *second]) == ["-625902", "-625902"]
        assert "has 1 pieces" in second[0].text("response_text")

    async def test_knows_only_lists_that_are_released_by_their_number(self, gate: Running) -> None:
        number, _ = await released(gate)
        unknown = await send(gate, 625, return_625("0" * 20))
        other_code = return_625(number)
        line = {**other_code.lines[0], "classification_id": "0901110000"}
        wrong = await send(gate, 625, GateDocument(head=other_code.head, lines=(line,)))
        await send_four(gate, "A-RED")
        (held,) = await send(gate, 625, return_625(await number_of(gate, "A-RED"), "A-RED"))

        assert statuses([*unknown, *wrong, held]) == ["-625902", "-625902", "-625902"]
        assert "status 500" in held.text("response_text")


async def number_of(customs: Running, number: str) -> str:
    """Return the authority's number of a list that stands."""
    (receipt,) = await send(customs, 621, list_621(number))
    return receipt.text("declaration_id")
