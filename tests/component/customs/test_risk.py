"""Which parcels are looked at, that nobody chose them, and what is found in them."""

import hashlib
import itertools
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from stdnum.cn import ric

from tests.builders.customs_gate import changed, list_621, order_311, payment_411, waybill_511
from tests.builders.running import Running
from tests.component.customs.steps import all_declarations
from tests.component.customs.test_gate import gate, send_four

__all__ = ["gate"]


async def seeds(customs: Running, **query: Any) -> dict[str, Any]:
    reply = await customs.http.get("/v1/risk-seeds", params=query)
    assert reply.status_code == 200, reply.text
    return reply.json()  # type: ignore[no-any-return]


async def note(customs: Running, outcome: str, **body: Any) -> Any:
    (found,) = await all_declarations(customs)
    path = f"/v1/declarations/{found['id']}/inspections"
    return await customs.post(path, {"outcome": outcome, **body})


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class TestSeeds:
    async def test_of_today_are_committed_to_and_revealed_when_the_day_is_over(
        self, gate: Running
    ) -> None:
        before = await seeds(gate)
        gate.wait(timedelta(days=1))
        after = await seeds(gate)

        assert before["day"] not in {one["day"] for one in before["revealed"]}
        newest = after["revealed"][0]
        assert newest["day"] == before["day"]
        assert sha(newest["seed"]) == before["commitment"]

    async def test_prove_each_other_day_by_day(self, gate: Running) -> None:
        shown = (await seeds(gate))["revealed"]

        assert len(shown) == 31
        for later, earlier in itertools.pairwise(shown):
            assert sha(later["seed"]) == earlier["seed"]
        older = await seeds(gate, until=shown[-1]["day"])
        assert older["revealed"][0]["day"] == str(
            date.fromisoformat(shown[-1]["day"]) - timedelta(days=1)
        )

    async def test_never_reveal_a_day_to_come(self, gate: Running) -> None:
        shown = await seeds(gate, until="2049-01-01")

        assert max(one["day"] for one in shown["revealed"]) < shown["day"]

    async def test_let_anyone_draw_the_lane_again(self, gate: Running) -> None:
        """Mattresses over 4,500.00 CNY have shares of 60, 30 and 10 in the pack."""
        for number in range(10):
            await send_mattress(gate, f"M{number}", buyer=number // 5)
        gate.wait(timedelta(days=1))
        seed = (await seeds(gate))["revealed"][0]["seed"]
        lanes = {one["logistics_no"]: one["lane"] for one in await all_declarations(gate)}

        assert len(set(lanes.values())) > 1
        for number, lane in lanes.items():
            digest = hashlib.sha256(f"{seed}/{number}".encode()).digest()
            draw = int.from_bytes(digest[:8]) % 10**9 / 10**9
            assert lane == ("green" if draw < 0.6 else "yellow" if draw < 0.9 else "red"), number


async def send_mattress(customs: Running, number: str, *, buyer: int) -> None:
    """Declare a mattress of 4,600.00 CNY; a buyer's year has room for five."""
    body = f"33010619000101{buyer:03d}"
    person = body + str(ric.calc_check_digit(body + "0"))
    price = {"unit_price": Decimal("4600.00"), "line_amount": Decimal("4600.00")}
    paid = Decimal("5031.69")
    answered = await send_four(
        customs,
        number,
        m311=changed(
            order_311(number),
            line=price,
            invoice_amount=Decimal("4600.00"),
            duty_tax_fee_amount=Decimal("419.69"),
            payment_amount=paid,
            buyer_id=person,
        ),
        m411=payment_411(number, payment_amount=paid, payer_id=person),
        m621=changed(
            list_621(number), line={**price, "classification_id": "9404290000"}, buyer_id=person
        ),
    )
    assert answered[-1] in {"800", "300", "500"}, answered


class TestInspection:
    @pytest.mark.parametrize(
        ("outcome", "status"),
        [("conform", 800), ("misdeclared", 501), ("prohibited", 503), ("smuggled", 502)],
    )
    async def test_decides_what_becomes_of_the_parcel(
        self, gate: Running, outcome: str, status: int
    ) -> None:
        await send_four(gate, "A-RED")
        reply = await note(gate, outcome)

        assert (reply.status_code, reply.json()["status"]) == (201, status)
        assert reply.json()["history"][-1]["reason"] == f"inspected: {outcome}"

    async def test_takes_the_tax_off_goods_that_are_not_there(self, gate: Running) -> None:
        two = {"quantity": Decimal(2), "line_amount": Decimal("116.00")}
        await send_four(
            gate,
            "A-RED",
            m311=changed(
                order_311("A-RED"),
                line=two,
                invoice_amount=Decimal("116.00"),
                duty_tax_fee_amount=Decimal("11.65"),
                payment_amount=Decimal("139.65"),
            ),
            m411=payment_411("A-RED", payment_amount=Decimal("139.65")),
            m621=changed(list_621("A-RED"), line=two),
        )
        reply = await note(gate, "short", missing=[{"line_no": 1, "missing": 1}])
        found = reply.json()
        bill = (await gate.http.get(f"/v1/tax-bills/{found['tax_bill_no']}")).json()

        assert (found["status"], found["tax"]["amount_minor"]) == (800, 583)
        assert bill["tax"]["amount_minor"] - bill["voided"]["amount_minor"] == 583
        assert bill["voided"]["amount_minor"] == 1_165 - 583

    async def test_names_missing_pieces_when_goods_are_short_and_only_then(
        self, gate: Running
    ) -> None:
        await send_four(gate, "A-RED")
        short = await note(gate, "short")
        other = await note(gate, "conform", missing=[{"line_no": 1, "missing": 1}])
        too_many = await note(gate, "short", missing=[{"line_no": 1, "missing": 2}])

        codes = [one.json()["code"] for one in (short, other, too_many)]
        wrong = "customs.missing-lines-wrong"
        assert codes == [wrong, wrong, "customs.return-exceeds-import"]

    async def test_is_noted_once_and_only_of_goods_that_are_looked_at(self, gate: Running) -> None:
        await send_four(gate)
        reply = await note(gate, "conform")

        assert (reply.status_code, reply.json()["code"]) == (409, "customs.step-not-allowed")

    async def test_holds_one_parcel_and_never_the_consignment(self, gate: Running) -> None:
        """All four go under one master waybill."""
        for number in ("A", "B-RED", "C", "D"):
            await send_four(gate, number, m511=waybill_511(number))
        found = {one["order_no"]: one["status"] for one in await all_declarations(gate)}

        assert found == {"TASIK-A": 800, "TASIK-B-RED": 500, "TASIK-C": 800, "TASIK-D": 800}
