"""Forms at Malaysia's gate: drawn up, filed, returned, amended, followed by others, decided."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.contracts.members.events import DelegationGiven, DelegationWithdrawn
from shared.kernel.ids import derived_id
from tests.builders.customs_events import DESTINATION, ORIGIN, SELLER, Parcel, sealed
from tests.builders.running import Running

MEMBER = derived_id("mbr", ORIGIN, "a member")
"""The member in whose name the tests act."""
OTHER = derived_id("mbr", ORIGIN, "another member")
GOODS = {
    "classification_id": "3926909900",
    "goods_description": "phone stands",
    "origin_country_id": "CN",
    "item_quantity": "10",
    "net_mass": "1.000",
    "item_amount": "1000.00 MYR",
}
FORM_E = {
    "preference_scheme": "acfta",
    "origin_proof_id": "E-2026-000001",
    "origin_proof_date": "2026-08-01",
}
CLAIM = "lines[0].preference_scheme"
K1 = {
    "exporter_id": "Hangzhou Stands",
    "importer_id": "Kinta Valley",
    "customs_office_id": "MYKUL",
    "border_transport_mode": "air",
    "transport_contract_document_id": "784-00000001",
    "arrival_date": "2026-09-01",
    "unloading_location_id": "MYKUL",
    "export_country_id": "CN",
    "invoice_id": "INV-1",
    "freight_amount": "100.00 MYR",
    "gross_mass": "1.200",
    "package_quantity": "1",
}
K8 = {name: K1[name] for name in K1 if name != "invoice_id"} | {
    "destination_office_id": "MYPKG",
    "transport_equipment_id": "MH 389",
    "warehouse_id": "LMW-7",
}


async def file(
    customs: Running,
    form: str,
    boxes: dict[str, str] | None = None,
    *lines: dict[str, str],
    reference: str = "R-1",
    **more: Any,
) -> httpx.Response:
    body = {"form": form, "member_id": MEMBER, "reference": reference, "boxes": boxes or {}}
    return await customs.post("/v1/gates/my/forms", {**body, "lines": lines, **more})


async def filed(customs: Running, *args: Any, **more: Any) -> dict[str, Any]:
    reply = await file(customs, *args, **more)
    assert reply.status_code == 201, reply.text
    return reply.json()  # type: ignore[no-any-return]


async def move(customs: Running, number: str, step: str, reason: str = "seen") -> httpx.Response:
    return await customs.post(f"/v1/gates/my/forms/{number}/{step}", {"reason": reason})


async def amend(customs: Running, number: str, **change: Any) -> httpx.Response:
    return await customs.post(f"/v1/gates/my/forms/{number}/amendments", change)


def codes(form: dict[str, Any]) -> list[tuple[str, str]]:
    return [(finding["code"], finding["field"]) for finding in form["findings"]]


def problem(reply: httpx.Response) -> tuple[int, str, str | None]:
    body = reply.json()
    return reply.status_code, body["code"], body.get("field")


class TestK1:
    async def test_is_released_with_value_duty_and_tax_worked_out(self, origin: Running) -> None:
        form = await filed(origin, "K1", K1, GOODS)

        assert (form["state"], form["lane"], form["findings"]) == ("released", "green", [])
        assert form["boxes"]["invoice_amount"] == "1000.00 MYR"
        assert form["boxes"]["customs_value_amount"] == "1100.00 MYR"
        assert form["boxes"]["duty_amount"] == "220.00 MYR"
        assert form["boxes"]["sales_tax_amount"] == "132.00 MYR"
        assert form["lines"][0]["duty_amount"] == "220.00 MYR"
        assert form["authority"]["simulated"] is True

    async def test_bears_the_tariff_of_the_agreement_whose_proof_it_names(
        self, origin: Running
    ) -> None:
        form = await filed(origin, "K1", K1, {**GOODS, **FORM_E})

        assert (form["state"], form["findings"]) == ("released", [])
        assert form["boxes"]["duty_amount"] == form["lines"][0]["duty_amount"] == "55.00 MYR"
        assert form["lines"][0]["preference_scheme"] == "acfta"

    async def test_values_foreign_money_at_customs_own_rate(self, origin: Running) -> None:
        lines = ({**GOODS, "item_amount": "1000.00 CNY"},)

        form = await filed(origin, "K1", K1 | {"freight_amount": "100.00 CNY"}, *lines)
        unknown = await filed(
            origin, "K1", K1, {**GOODS, "item_amount": "1.00 SGD"}, reference="R-2"
        )

        assert form["boxes"]["customs_value_amount"] == "671.00 MYR"
        assert form["boxes"]["duty_amount"] == "134.20 MYR"
        assert ("currency-not-valued", "boxes.invoice_amount") in codes(unknown)

    @pytest.mark.parametrize(
        ("boxes", "line", "finding"),
        [
            ({"gross_mass": ""}, {}, ("box-missing", "boxes.gross_mass")),
            ({}, {"goods_description": None}, ("box-missing", "lines[0].goods_description")),
            (
                {},
                {"classification_id": "39269099"},
                ("goods-code-length", "lines[0].classification_id"),
            ),
            (
                {},
                {"classification_id": "8517130000"},
                ("rate-missing", "lines[0].classification_id"),
            ),
            (
                {"invoice_amount": "1000.01 MYR"},
                {},
                ("value-differs", "boxes.invoice_amount"),
            ),
            (
                {"customs_value_amount": "1099.99 MYR"},
                {},
                ("customs-value-differs", "boxes.customs_value_amount"),
            ),
            ({"duty_amount": "219.99 MYR"}, {}, ("tax-differs", "boxes.duty_amount")),
            ({}, FORM_E | {"origin_proof_date": "2025-08-31"}, ("proof-expired", CLAIM)),
            ({"gross_mass": "0.999"}, {}, ("weight-differs", "boxes.gross_mass")),
        ],
    )
    async def test_comes_back_with_what_is_wrong(
        self,
        origin: Running,
        *,
        boxes: dict[str, str],
        line: dict[str, str | None],
        finding: tuple[str, str],
    ) -> None:
        changed = {name: text for name, text in (GOODS | line).items() if text is not None}

        form = await filed(origin, "K1", K1 | boxes, changed)

        assert form["state"] == "returned"
        assert finding in codes(form)

    async def test_is_amended_under_its_number_and_only_what_changes_is_sent(
        self, origin: Running
    ) -> None:
        wrong = await filed(origin, "K1", K1 | {"gross_mass": "0.999"}, GOODS)
        reply = await amend(origin, wrong["number"], boxes={"gross_mass": "1.200"})
        again = await amend(origin, wrong["number"], boxes={"gross_mass": "1.300"})

        right = reply.json()
        assert (right["number"], right["edition"]) == (wrong["number"], 2)
        assert (right["state"], right["findings"]) == ("released", [])
        assert [step["state"] for step in right["history"]] == [
            "lodged",
            "returned",
            "lodged",
            "accepted",
            "released",
        ]
        assert problem(again)[:2] == (409, "customs.filing-step-not-allowed")

    async def test_of_goods_looked_at_is_amended_no_more_and_cancelled_by_officers(
        self, origin: Running
    ) -> None:
        red = await filed(origin, "K1", K1, GOODS, reference="R-RED")
        amended = await amend(origin, red["number"], boxes={"gross_mass": "2.000"})
        agent = origin.office.headers("customs:read", "customs:write")
        by_agent = await origin.post(
            f"/v1/gates/my/forms/{red['number']}/cancel", {"reason": "mine"}, headers=agent
        )
        released = await move(origin, red["number"], "release")
        completed = await move(origin, red["number"], "complete")
        cancelled = await move(origin, red["number"], "cancel")

        assert red["state"] == "physical-check"
        assert problem(amended)[:2] == (409, "customs.filing-step-not-allowed")
        assert problem(by_agent)[:2] == (409, "customs.filing-step-not-allowed")
        assert released.json()["state"] == "released"
        assert completed.json()["state"] == "completed"
        assert problem(cancelled)[:2] == (409, "customs.filing-step-not-allowed")

    async def test_whose_papers_are_read_can_be_amended_cancelled_and_filed_again(
        self, origin: Running
    ) -> None:
        yellow = await filed(origin, "K1", K1, GOODS, reference="R-YELLOW")
        twice = await file(origin, "K1", K1, GOODS, reference="R-YELLOW")
        amended = (await amend(origin, yellow["number"], boxes={"gross_mass": "2.000"})).json()
        await move(origin, yellow["number"], "cancel")
        gone = await amend(origin, yellow["number"], boxes={"gross_mass": "3.000"})
        again = await filed(origin, "K1", K1, GOODS, reference="R-YELLOW")
        inspected = (await move(origin, yellow["number"], "inspect")).json()

        assert yellow["state"] == "documentary-check"
        assert problem(twice) == (409, "customs.form-filed-already", "reference")
        assert amended["boxes"]["gross_mass"] == "2.000"
        assert problem(gone)[:2] == (409, "customs.filing-step-not-allowed")
        assert (again["number"], again["edition"]) == (yellow["number"], 3)
        assert inspected["state"] == "physical-check"


class TestK1A:
    async def test_is_needed_above_ten_thousand_ringgit_and_lets_its_k1_go_on(
        self, origin: Running
    ) -> None:
        dear = K1 | {"freight_amount": "0.00 MYR"}
        at = await filed(
            origin, "K1", dear, {**GOODS, "item_amount": "10000.00 MYR"}, reference="AT"
        )
        over = await filed(
            origin, "K1", dear, {**GOODS, "item_amount": "10000.01 MYR"}, reference="OVER"
        )
        value = {
            "valuation_method": "1",
            "related_parties": "no",
            "price_paid_amount": "10000.00 MYR",
            "importer_id": "Kinta Valley",
            "previous_document_id": over["number"],
        }
        wrong = await filed(origin, "K1A", value, reference="VALUE")
        still = (await origin.http.get(f"/v1/gates/my/forms/{over['number']}")).json()
        right = (
            await amend(origin, wrong["number"], boxes={"additions_amount": "0.01 MYR"})
        ).json()
        on = (await origin.http.get(f"/v1/gates/my/forms/{over['number']}")).json()

        assert at["state"] == "released"
        assert over["state"] == "returned"
        assert codes(over) == [("value-declaration-missing", "boxes.customs_value_amount")]
        assert codes(wrong) == [("value-declared-differs", "boxes.price_paid_amount")]
        assert still["state"] == "returned"
        assert right["boxes"]["customs_value_amount"] == "10000.01 MYR"
        assert (on["state"], on["edition"]) == ("released", 1)
        assert "value declared" in [step["reason"] for step in on["history"]]


class TestWarehouse:
    async def test_gives_out_by_k9_no_more_than_came_in_by_k8(self, origin: Running) -> None:
        came = await filed(origin, "K8", K8, GOODS)

        async def take(quantity: int, reference: str) -> dict[str, Any]:
            part = GOODS | {"item_quantity": str(quantity), "item_amount": "400.00 MYR"}
            boxes = {"gross_mass": "1.000"}
            return await filed(origin, "K9", boxes, part, about=came["number"], reference=reference)

        first = await take(6, "first")
        too_much = await take(5, "second")
        rest = await take(4, "third")
        await move(origin, first["number"], "cancel")
        after = (await amend(origin, too_much["number"])).json()

        assert came["state"] == "released"
        assert first["boxes"]["previous_document_id"] == came["number"]
        assert first["boxes"]["warehouse_id"] == "LMW-7"
        assert first["boxes"]["duty_amount"] == "80.00 MYR"
        assert codes(too_much) == [("more-than-stored", "lines[0].item_quantity")]
        assert (first["state"], rest["state"], after["state"]) == ("released",) * 3

    async def test_gives_out_nothing_that_never_came_in(self, origin: Running) -> None:
        came = await filed(origin, "K8", K8, GOODS, reference="R-YELLOW")
        await move(origin, came["number"], "cancel")

        after_cancelled = await filed(
            origin, "K9", {}, about=came["number"], reference="of a cancelled one"
        )
        out_of_nothing = await filed(
            origin, "K9", {"previous_document_id": "K8 of somebody"}, GOODS, reference="of none"
        )

        fault = "boxes.previous_document_id"
        assert codes(after_cancelled) == [("previous-form-not-accepted", fault)]
        assert ("previous-form-unknown", fault) in codes(out_of_nothing)


class TestDrafts:
    async def test_of_k2_hold_what_the_sealed_unit_says_and_nothing_typed(
        self, origin: Running
    ) -> None:
        parcels = [Parcel("A-001", unit="U"), Parcel("A-002", unit="U")]
        for parcel in parcels:
            await origin.hear(parcel.placed_abroad(), origin=DESTINATION)
        await origin.hear(sealed(parcels))
        (unit,) = (await origin.http.get("/v1/export-declarations")).json()["items"]
        path = f"/v1/gates/my/drafts/K2?about={unit['id']}"

        draft = (await origin.http.get(path)).json()
        stranger = await origin.http.get(path, headers=origin.office.headers("customs:read"))
        seller = origin.office.headers("customs:read", member_id=SELLER)
        own = await origin.http.get(path, headers=seller)
        refused = await file(origin, "K2", about=unit["id"])

        assert draft["missing"] == []
        assert draft["boxes"]["exporter_id"] == SELLER
        assert draft["boxes"]["customs_office_id"] == "MYKUL"
        assert draft["boxes"]["invoice_amount"] == "116.00 CNY"
        assert draft["boxes"]["customs_value_amount"] == "70.76 MYR"
        assert draft["boxes"]["gross_mass"] == "1.440"
        assert draft["boxes"]["package_quantity"] == "2"
        assert draft["lines"] == [
            {
                "classification_id": "210112",
                "item_quantity": "2",
                "net_mass": "1.140",
                "item_amount": "116.00 CNY",
            }
        ]
        assert problem(stranger) == (404, "customs.form-subject-unknown", "about")
        assert own.status_code == 200
        assert problem(refused) == (422, "customs.form-drawn-up", "about")

    async def test_of_k3_carry_a_sealed_unit_with_four_boxes_typed(self, origin: Running) -> None:
        parcel = Parcel("A-001")
        await origin.hear(parcel.placed_abroad(), origin=DESTINATION)
        await origin.hear(sealed([parcel]))
        (unit,) = (await origin.http.get("/v1/export-declarations")).json()["items"]
        typed = {
            "importer_id": "Tasik",
            "destination_office_id": "MYPEN",
            "border_transport_mode": "road",
            "departure_date": "2026-09-01",
        }

        other = await file(
            origin, "K3", typed | {"customs_office_id": "MYJHB"}, about=unit["id"], reference="X"
        )
        form = await filed(origin, "K3", typed, about=unit["id"])

        assert problem(other) == (
            409,
            "customs.form-box-contradicts",
            "boxes.customs_office_id",
        )
        assert (form["state"], form["about"]) == ("released", unit["id"])
        assert form["boxes"]["invoice_amount"] == "58.00 CNY"
        assert "duty_amount" not in form["boxes"]


class TestAgents:
    async def test_file_for_whom_they_are_delegated_and_nobody_else(self, origin: Running) -> None:
        now = origin.clock.now()
        named = {
            "delegation_id": derived_id("dlg", ORIGIN, "first"),
            "member_id": OTHER,
            "agent_id": MEMBER,
        }
        given = DelegationGiven(
            **named,
            scopes=("customs:write",),
            valid_until=now + timedelta(days=7),
            given_at=now,
        )
        before = await file(origin, "K1", K1, GOODS, member_id=OTHER)
        await origin.hear(given, times=2)
        form = await filed(origin, "K1", K1, GOODS, member_id=OTHER)
        agent = origin.office.headers("customs:read", "customs:write")
        path = f"/v1/gates/my/forms/{form['number']}"
        seen = await origin.http.get(path, headers=agent)
        listed = await origin.http.get("/v1/gates/my/forms", headers=agent)
        await origin.hear(DelegationWithdrawn(**named, withdrawn_at=now))
        hidden = await origin.http.get(path, headers=agent)
        empty = await origin.http.get("/v1/gates/my/forms", headers=agent)

        assert problem(before) == (403, "customs.form-for-stranger", "member_id")
        assert seen.json()["history"][0]["by"] == MEMBER
        assert [one["number"] for one in listed.json()["items"]] == [form["number"]]
        assert problem(hidden)[:2] == (404, "customs.filing-not-found")
        assert empty.json()["items"] == []


class TestGate:
    async def test_describes_its_forms(self, origin: Running) -> None:
        forms = (await origin.http.get("/v1/gates/my/form-list")).json()["forms"]

        named = {form["form"]: form for form in forms}
        assert list(named) == ["K1", "K1A", "K2", "K3", "K8", "K9"]
        assert named["K2"]["drawn_up"] is True
        (mode,) = [box for box in named["K1"]["boxes"] if box["name"] == "border_transport_mode"]
        assert mode["choices"] == ["sea", "rail", "road", "air"]

    async def test_is_not_at_another_countrys_hub(self, destination: Running) -> None:
        reply = await destination.http.get("/v1/gates/my/form-list")

        assert problem(reply)[:2] == (404, "customs.forms-elsewhere")

    async def test_refuses_boxes_it_can_not_read(self, origin: Running) -> None:
        unreadable = await file(origin, "K1", {"gross_mass": "heavy"})
        unknown = await file(origin, "K1", {"warehouse_id": "W"})
        no_form = await file(origin, "K7")

        assert problem(unreadable) == (422, "customs.form-box-unreadable", "boxes.gross_mass")
        assert problem(unknown) == (422, "customs.form-box-unknown", "boxes.warehouse_id")
        assert problem(no_form) == (404, "customs.form-unknown", "form")
