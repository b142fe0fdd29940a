"""Parcels that leave China by list: papers in any order, a way through every status, a summary."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from services.customs.clients.gate_xml import read_message
from services.customs.domain.gate.message import GateDocument
from services.customs.domain.status import Status
from tests.builders.customs_gate import NOON, SENDER
from tests.builders.customs_gate_exports import (
    MASTER,
    arrival_507,
    cancel_605,
    departure_509,
    list_603,
    loading_607,
    order_303,
    receipt_403,
    reentered_215,
    reentry_213,
    summary_701,
    waybill_505,
)
from tests.builders.running import Running
from tests.component.customs.test_gate import register, send, statuses

PAPERS: dict[int, Callable[..., GateDocument]] = {
    303: order_303,
    403: receipt_403,
    505: waybill_505,
    603: list_603,
}
ORDERS = list(itertools.permutations(PAPERS))
SECOND = timedelta(seconds=1)
LOCAL_NOON = timedelta(hours=8)


@pytest.fixture
async def gate(destination: Running) -> Running:
    """Customs of cn-hgh, where the sample firms are one member's."""
    await register(destination, SENDER["copCode"], "TASIK", "232", "AGENT", "SITE")
    return destination


async def send_papers(customs: Running, number: str = "X1", **other: GateDocument) -> list[str]:
    """Send order, receipt, waybill, list and arrival; return the status of each answer."""
    found = []
    for message, build in PAPERS.items():
        found += statuses(await send(customs, message, other.get(f"m{message}", build(number))))
    return found + statuses(await send(customs, 507, arrival_507(number)))


async def ship(customs: Running, *numbers: str) -> list[str]:
    """Release these parcels, load them and have them leave; return the authority's numbers."""
    for number in numbers:
        await send_papers(customs, number)
    assert statuses(await send(customs, 607, loading_607(*numbers))) == ["120"]
    assert statuses(await send(customs, 509, departure_509(*numbers))) == ["120"]
    found = {one["order_no"]: one["number"] for one in await lists(customs)}
    return [found[f"TASIK-{number}"] for number in numbers]


async def lists(customs: Running) -> list[dict[str, Any]]:
    reply = await customs.http.get("/v1/export-lists", params={"limit": 100})
    assert reply.status_code == 200, reply.text
    return reply.json()["items"]  # type: ignore[no-any-return]


async def only(customs: Running) -> dict[str, Any]:
    (found,) = await lists(customs)
    reply = await customs.http.get(f"/v1/export-lists/{found['id']}")
    return reply.json()  # type: ignore[no-any-return]


async def knock(customs: Running, door: str, **body: Any) -> httpx.Response:
    path = f"/v1/export-lists/{(await only(customs))['id']}/{door}"
    return await customs.post(path, {"reason": "looked-at", **body})


def steps(one: dict[str, Any]) -> list[int]:
    return [step["status"] for step in one["history"]]


class TestPapers:
    async def test_are_matched_and_the_goods_released_once_they_are_there(
        self, gate: Running
    ) -> None:
        answered = await send_papers(gate)
        found = await only(gate)

        assert answered == ["120", "120", "120", "120", "120"]
        assert steps(found) == [2, 3, 120, 800]
        assert found["missing"] == []
        assert found["summary_due_on"] is None

    async def test_end_the_same_in_any_order_and_however_often(self, gate: Running) -> None:
        for number, order in enumerate(ORDERS):
            await send(gate, 507, arrival_507(f"P{number}"))
            for message in order:
                document = PAPERS[message](f"P{number}")
                first = statuses(await send(gate, message, document))
                assert first == statuses(await send(gate, message, document)), (order, message)

        found = await lists(gate)

        assert len(found) == len(ORDERS) == 24
        assert {tuple(steps(one)) for one in found} == {(2, 3, 120, 800)}

    async def test_that_are_missing_are_named(self, gate: Running) -> None:
        (receipt,) = await send(gate, 603, list_603())

        assert receipt.text("response_status_code") == "2"
        assert (await only(gate))["missing"] == ["order", "receipt", "waybill", "arrival"]

    @pytest.mark.parametrize(
        ("changed", "fields"),
        [
            ({"m403": receipt_403(payment_amount=Decimal("67.99"))}, ["charge"]),
            ({"m505": waybill_505(gross_mass=Decimal("2.41"))}, ["gross_weight"]),
            ({"m505": waybill_505(package_quantity=2)}, ["packages"]),
            ({"m603": list_603(line={"quantity": Decimal(3)})}, ["lines[1].quantity"]),
            ({"m603": list_603(line={"unit_price": Decimal("30.01")})}, ["lines[1].unit_price"]),
            ({"m603": list_603(line={"classification_id": "94044040"})}, ["lines[1].hs_code"]),
            ({"m603": list_603(government_procedure_code="1239")}, ["channel"]),
            ({"m603": list_603(net_mass=Decimal("2.41"))}, ["net_weight"]),
            ({"m603": list_603(seller_id="OTHER")}, ["seller"]),
            ({"m303": order_303(invoice_amount=Decimal("60.01"))}, ["goods", "charge"]),
            (
                {"m303": order_303(line={"unit_price": Decimal("30.01")})},
                ["lines[1].total_price", "lines[1].unit_price"],
            ),
        ],
    )
    async def test_that_differ_are_returned_field_by_field(
        self, gate: Running, changed: dict[str, GateDocument], fields: list[str]
    ) -> None:
        await send_papers(gate, "X1", **changed)
        found = await only(gate)

        assert found["status"] == 100
        assert [one["field"] for one in found["findings"]] == fields

    async def test_are_declared_again_under_the_same_number_when_changed(
        self, gate: Running
    ) -> None:
        await send_papers(gate, m505=waybill_505(gross_mass=Decimal("2.41")))
        before = await only(gate)
        right: dict[str, Any] = {"function_code": "2", "issue_date_time": NOON + SECOND}
        taken = statuses(await send(gate, 505, waybill_505(package_quantity=3)))
        again = statuses(await send(gate, 505, waybill_505(**right)))
        after = await only(gate)
        late = statuses(await send(gate, 505, waybill_505(package_quantity=2, **right)))

        assert (taken, again, late) == (["-505903"], ["120"], ["-505904"])
        assert before["number"] == after["number"]
        assert steps(after) == [2, 3, 100, 2, 3, 120, 800]


class TestStatuses:
    async def test_are_all_reached(self, gate: Running) -> None:
        seen: set[int] = set()
        await send(gate, 603, list_603("WAITS"))
        seen.add((await only(gate))["status"])
        for number in (
            "A-YELLOW",
            "A-UNSENT",
            "A-RED",
            *(f"{n}-RED" for n in (501, 502, 503, 599)),
        ):
            await send_papers(gate, number)
        await send_papers(gate, "BAD", m505=waybill_505("BAD", package_quantity=2))
        await ship(gate, "GOES")
        for one in await lists(gate):
            path = f"/v1/export-lists/{one['id']}"
            if one["status"] == 300:
                await gate.post(f"{path}/release", {"reason": "papers-fit"})
            elif one["order_no"] == "TASIK-A-RED":
                await gate.post(f"{path}/turn-back", {"reason": "prohibited"})
            elif one["status"] == 500:
                body = {"reason": "looked-at", "status": int(one["order_no"][6:9])}
                assert (await gate.post(f"{path}/detain", body)).status_code == 200
        for one in await lists(gate):
            seen.update(steps(one))

        assert seen == {status.value for status in Status}

    async def test_refuse_what_the_lattice_does_not_have(self, gate: Running) -> None:
        await send_papers(gate)
        replies = [
            await knock(gate, "inspect"),
            await knock(gate, "detain", status=501),
            await knock(gate, "release"),
            await knock(gate, "turn-back"),
        ]

        assert {(one.status_code, one.json()["code"]) for one in replies} == {
            (409, "customs.step-not-allowed")
        }

    async def test_wait_for_the_goods_at_the_site(self, gate: Running) -> None:
        for message, build in PAPERS.items():
            await send(gate, message, build())
        before = await only(gate)
        held = await knock(gate, "inspect")
        await send(gate, 507, arrival_507())

        assert (before["status"], before["missing"]) == (120, ["arrival"])
        assert held.json()["status"] == 500
        assert (await only(gate))["status"] == 500


class TestCancellation:
    async def test_ends_a_list_before_it_is_accepted(self, gate: Running) -> None:
        await send(gate, 603, list_603())
        number = (await only(gate))["number"]
        first = statuses(await send(gate, 605, cancel_605(number)))
        second = statuses(await send(gate, 605, cancel_605(number)))
        await send_papers(gate)
        found = await only(gate)

        assert (first, second) == (["399"], ["399"])
        assert (found["status"], found["withdrawn"]) == (1, "withdrawn-by-declarant")

    async def test_lets_the_list_be_sent_again_under_its_number(self, gate: Running) -> None:
        await send(gate, 603, list_603())
        number = (await only(gate))["number"]
        await send(gate, 605, cancel_605(number))
        early = list_603(function_code="2", issue_date_time=NOON + SECOND)
        later = list_603(function_code="2", issue_date_time=NOON + LOCAL_NOON + SECOND)
        await send(gate, 603, early)
        still = await only(gate)
        await send(gate, 603, later)
        await send_papers(gate)
        found = await only(gate)
        late = statuses(await send(gate, 605, cancel_605(number)))

        assert (still["withdrawn"], still["status"]) == ("withdrawn-by-declarant", 1)
        assert (found["number"], found["withdrawn"], found["status"]) == (number, "", 800)
        assert late == ["-605904"]

    async def test_of_what_was_turned_back_is_final(self, gate: Running) -> None:
        await send_papers(gate, "A-RED")
        await send(gate, 605, cancel_605((await only(gate))["number"], "A-RED"))
        again: dict[str, Any] = {
            "function_code": "2",
            "issue_date_time": NOON + LOCAL_NOON + SECOND,
        }
        answer = statuses(await send(gate, 603, list_603("A-RED", **again)))

        assert answer == ["-603904"]
        assert (await only(gate))["status"] == 700

    async def test_turns_back_what_is_held_and_comes_too_late_for_the_rest(
        self, gate: Running
    ) -> None:
        await send_papers(gate, "A-RED")
        await send_papers(gate, "B")
        numbers = {one["order_no"]: one["number"] for one in await lists(gate)}
        held = await send(gate, 605, cancel_605(numbers["TASIK-A-RED"], "A-RED"))
        gone = await send(gate, 605, cancel_605(numbers["TASIK-B"], "B"))
        other = await send(gate, 605, cancel_605(numbers["TASIK-B"], "C"))

        assert statuses([*held, *gone, *other]) == ["399", "-605904", "-605902"]
        found = {one["order_no"]: one["status"] for one in await lists(gate)}
        assert found == {"TASIK-A-RED": 700, "TASIK-B": 800}


class TestLoadingAndDeparture:
    async def test_close_what_left_however_often_it_is_said(self, gate: Running) -> None:
        await ship(gate, "A", "B")
        again = statuses(await send(gate, 509, departure_509("A", "B")))
        found = await lists(gate)

        assert again == ["120"]
        assert [(one["status"], one["master_waybill"]) for one in found] == [(899, MASTER)] * 2
        assert {one["summary_due_on"] for one in found} == {"2026-10-15"}

    async def test_take_all_parcels_of_a_message_or_none(self, gate: Running) -> None:
        await send_papers(gate, "A")
        await send_papers(gate, "B-RED")
        (receipt,) = await send(gate, 607, loading_607("A", "B-RED", "C"))

        assert receipt.text("response_status_code") == "100"
        assert "lines[2].logisticsNo: it is in status 500" in receipt.text("response_text")
        assert "lines[3].logisticsNo: there is no list of it" in receipt.text("response_text")
        assert {one["master_waybill"] for one in await lists(gate)} == {""}

    async def test_refuse_a_departure_that_nobody_loaded_or_that_is_to_come(
        self, gate: Running
    ) -> None:
        await send_papers(gate, "A")
        unloaded = await send(gate, 509, departure_509("A"))
        await send(gate, 607, loading_607("A"))
        other = {"master_transport_contract_document_id": "232-99999990"}
        elsewhere = await send(gate, 509, departure_509("A", **other))
        carrier = await send(gate, 607, loading_607("A", carrier_id="233"))
        later = {"departure_date_time": NOON + timedelta(days=1)}
        future = await send(gate, 509, departure_509("A", **later))

        got = statuses([*unloaded, *elsewhere, *carrier, *future])
        assert got == ["100", "100", "100", "-509902"]
        assert (await only(gate))["status"] == 800

    async def test_let_a_parcel_be_loaded_anew_until_it_left(self, gate: Running) -> None:
        other = {"master_transport_contract_document_id": "232-99999990"}
        await send_papers(gate, "A")
        await send(gate, 607, loading_607("A", **other))
        await send(gate, 607, loading_607("A"))
        left = statuses(await send(gate, 509, departure_509("A")))
        late = statuses(await send(gate, 607, loading_607("A", **other)))

        assert (left, late) == (["120"], ["100"])
        assert (await only(gate))["master_waybill"] == MASTER


class TestReturn:
    @pytest.mark.parametrize(
        ("day", "text"),
        [("2027-03-01", "enters untaxed: C14"), ("2027-03-02", "C14, arrived-late")],
    )
    async def test_is_taxed_after_six_months(self, gate: Running, day: str, text: str) -> None:
        (number,) = await ship(gate, "X1")
        first = await send(gate, 213, reentry_213(number))
        again = await send(gate, 213, reentry_213(number))
        start = gate.clock.now()
        wanted = start.fromisoformat(f"{day}T12:00:00+08:00")
        gate.wait(wanted - start)
        back = await send(gate, 215, reentered_215(number))
        twice = await send(gate, 215, reentered_215(number))
        found = await only(gate)

        assert statuses([*first, *again, *back, *twice]) == ["120", "120", "399", "399"]
        assert text in back[0].text("response_text")
        assert back == twice
        assert [one["refusal"] for one in found["returns"]] == [text.partition(", ")[2]]

    async def test_never_brings_back_more_than_left(self, gate: Running) -> None:
        (number,) = await ship(gate, "X1")
        got = [
            await send(gate, 213, reentry_213(number, quantity=3)),
            await send(gate, 213, reentry_213(number, quantity=2)),
            await send(gate, 213, reentry_213(number, return_reference="BACK-2")),
            await send(gate, 215, reentered_215(number, return_reference="BACK-2")),
            await send(gate, 213, reentry_213("0" * 20)),
        ]

        found = [statuses(one)[0] for one in got]
        assert found == ["-213902", "120", "-213902", "-215902", "-213902"]

    async def test_is_none_before_the_goods_left(self, gate: Running) -> None:
        await send_papers(gate)
        (receipt,) = await send(gate, 213, reentry_213((await only(gate))["number"]))

        assert receipt.text("response_status_code") == "-213902"


class TestSummary:
    async def test_makes_one_declaration_of_lists_that_agree(self, gate: Running) -> None:
        numbers = await ship(gate, "A", "B")
        (first,) = await send(gate, 701, summary_701(*numbers))
        (again,) = await send(gate, 701, summary_701(*numbers))
        summary = first.text("response_text").rpartition("summary ")[2].removesuffix("]")
        reply = await gate.http.get(f"/v1/gates/cn/summaries/{summary}/message")
        message = read_message(reply.content)
        (result,) = message.documents

        assert statuses([first, again]) == ["120", "120"]
        assert message.type.name == "CEB792Message"
        assert result.faults == ()
        assert result.head["gross_mass"] == Decimal("4.8")
        assert [line["declaration_id"] for line in result.lines] == sorted(numbers)
        assert {line["sequence_number"] for line in result.lines} == {1}
        assert {one["summary"] for one in await lists(gate)} == {summary}

    async def test_waits_for_all_its_parts_in_any_order(self, gate: Running) -> None:
        one, other = await ship(gate, "A", "B")
        (second,) = await send(gate, 701, summary_701(other, part_count=2, part_number=2))
        (wrong,) = await send(gate, 701, summary_701(one, part_count=3, part_number=1))
        (first,) = await send(gate, 701, summary_701(one, part_count=2, part_number=1))
        (late,) = await send(gate, 701, summary_701(other, part_count=2, part_number=1))

        assert "waits for part 1" in second.text("response_text")
        assert statuses([second, wrong, first, late]) == ["2", "-701903", "120", "-701903"]

    async def test_takes_no_list_that_stays_or_is_declared_already(self, gate: Running) -> None:
        (gone,) = await ship(gate, "A")
        await send_papers(gate, "B")
        numbers = {one["order_no"]: one["number"] for one in await lists(gate)}
        (staying,) = await send(gate, 701, summary_701(gone, numbers["TASIK-B"]))
        (unknown,) = await send(gate, 701, summary_701("0" * 20, trader_reference="S2"))
        (seller,) = await send(gate, 701, summary_701(gone, seller_id="X", trader_reference="S3"))
        (right,) = await send(gate, 701, summary_701(gone))
        (twice,) = await send(gate, 701, summary_701(gone, trader_reference="S4"))

        assert statuses([staying, unknown, seller, right, twice]) == ["100"] * 3 + ["120", "100"]
        assert f"invtNo {numbers['TASIK-B']}" in staying.text("response_text")

    async def test_is_shown_to_whoever_files_under_its_codes(self, gate: Running) -> None:
        reply = await gate.http.get("/v1/gates/cn/summaries/NONE/message")

        assert reply.json()["code"] == "customs.export-summary-not-found"
