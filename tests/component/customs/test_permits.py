"""Permits are checked before goods are released: for a sealed unit, and where a form names one."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from shared.contracts.customs.events import ExportReleased, PermitsShown
from shared.contracts.event import Event
from shared.contracts.permits.events import (
    LicenceLine,
    PermitIssued,
    PermitReinstated,
    PermitStopped,
    PermitUsed,
    PermitUseRefused,
    PermitUseReturned,
)
from shared.kernel.ids import derived_id
from tests.builders.customs_events import DESTINATION, NOON, ORIGIN, SELLER, Parcel, sealed
from tests.builders.running import Running
from tests.component.customs.test_forms import (
    GOODS,
    K1,
    K8,
    MEMBER,
    amend,
    codes,
    filed,
    move,
    problem,
)

PERMIT = derived_id("lic", ORIGIN, "health")
A, B = Parcel("A-001", unit="U"), Parcel("A-002", unit="U")
EXPORT = derived_id("exp", ORIGIN, A.consolidation_id)
K2 = {
    "exporter_id": "Kinta Valley",
    "customs_office_id": "MYKUL",
    "transport_contract_document_id": "784-00000001",
    "destination_country_id": "SG",
    "gross_mass": "1.200",
    "package_quantity": "1",
}
K2_LINE = {
    name: GOODS[name] for name in ("classification_id", "item_quantity", "net_mass", "item_amount")
}
K3 = K2 | {
    "importer_id": "Kuching Stands",
    "destination_office_id": "MYKCH",
    "border_transport_mode": "sea",
    "departure_date": "2026-09-01",
}
K9 = {
    "importer_id": "Kinta Valley",
    "customs_office_id": "MYPKG",
    "warehouse_id": "LMW-7",
    "gross_mass": "1.200",
}
BOXES_OF = {
    "K1": K1,
    "K3": {name: text for name, text in K3.items() if name != "destination_country_id"},
    "K8": K8,
    "K9": K9,
}


def issued(quantity: int = 2, **changes: Any) -> PermitIssued:
    values: dict[str, Any] = {
        "permit_id": PERMIT,
        "permit_no": "KKM-1",
        "document_code": "853",
        "agency": "KKM",
        "holder_id": SELLER,
        "destination": "CN",
        "lines": (LicenceLine(line_no=1, hs_code="21011200", quantity=quantity, unit="XPK"),),
        "valid_until": NOON + timedelta(days=30),
        "permit_type": "health",
    }
    return PermitIssued(**(values | changes))


def used(quantity: int, *, left: int, declaration_id: str = EXPORT) -> PermitUsed:
    return PermitUsed(
        permit_id=PERMIT, line_no=1, quantity=quantity, left=left, declaration_id=declaration_id
    )


def stopped(state: Any = "suspended") -> PermitStopped:
    return PermitStopped(permit_id=PERMIT, state=state, reason="recall")


def sirim(quantity: int, **changes: Any) -> PermitIssued:
    line = LicenceLine(line_no=1, hs_code="392690", quantity=quantity, unit="XPK")
    mine = {"holder_id": MEMBER, "destination": "MY", "permit_no": "SIRIM-1", "lines": (line,)}
    return issued(**(mine | changes))


def refused(declaration_id: str, **changes: Any) -> PermitUseRefused:
    values: dict[str, Any] = {
        "declaration_id": declaration_id,
        "holder_id": SELLER,
        "permit_type": "health",
        "hs_code": "210112",
        "quantity": 2,
        "left": 1,
        "unit": "XPK",
        "reason": "not-enough-left",
    }
    return PermitUseRefused(**(values | changes))


async def shown(customs: Running) -> list[tuple[str, str, int]]:
    """Forms that showed permits, where their goods go, and how many pieces they take."""
    return [
        (event.form, event.destination, sum(goods.quantity for goods in event.goods))
        for event in await customs.said(PermitsShown)
    ]


async def say(customs: Running, event: Event, sequence: int, *, times: int = 1) -> None:
    envelope = msgspec.structs.replace(customs.envelope(event, key=PERMIT), sequence=sequence)
    for _ in range(times):
        await customs.deliver(envelope)


async def sealed_unit(customs: Running, parcels: Sequence[Parcel], **changes: Any) -> Any:
    for parcel in parcels:
        await customs.hear(parcel.placed_abroad(), origin=DESTINATION)
    await customs.hear(sealed(parcels, **changes))
    return (await customs.http.get(f"/v1/export-declarations/{EXPORT}")).json()


class TestExport:
    @pytest.mark.parametrize(
        ("events", "state", "reason"),
        [
            ([], "released", ""),
            ([issued(2)], "released", ""),
            ([issued(1)], "documentary-check", "permit-not-enough-left 210112 health"),
            ([issued(2), stopped()], "documentary-check", "permit-suspended 210112 health"),
            (
                [issued(2, valid_until=NOON)],
                "documentary-check",
                "permit-expired 210112 health",
            ),
            ([issued(2), stopped("surrendered")], "released", ""),
        ],
    )
    async def test_is_released_when_permits_cover_it_and_read_when_they_do_not(
        self, origin: Running, *, events: list[Event], state: str, reason: str
    ) -> None:
        for sequence, event in enumerate(events, start=1):
            await say(origin, event, sequence)

        unit = await sealed_unit(origin, [A, B])

        assert (unit["state"], unit["reason"]) == (state, reason)
        assert len(await origin.said(ExportReleased)) == (state == "released")

    async def test_that_was_read_is_released_by_an_officer(self, origin: Running) -> None:
        await say(origin, issued(1), 1)
        await sealed_unit(origin, [A, B])

        path = f"/v1/export-declarations/{EXPORT}/release"
        released = await origin.post(path, {"reason": "permit-on-paper"})

        assert released.json()["state"] == "released"
        assert len(await origin.said(ExportReleased)) == 1

    @pytest.mark.parametrize("turn", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 2, 0), (2, 0, 3, 1)])
    async def test_counts_what_is_left_whatever_was_heard_first_and_twice(
        self, origin: Running, turn: tuple[int, ...]
    ) -> None:
        other = derived_id("exp", ORIGIN, "another unit")
        told = [
            issued(3),
            used(2, left=1, declaration_id=other),
            stopped(),
            PermitReinstated(permit_id=PERMIT, reason="recall over"),
        ]
        for number in turn:
            await say(origin, told[number], number + 1, times=2)

        unit = await sealed_unit(origin, [A, B])

        assert unit["reason"] == "permit-not-enough-left 210112 health"

    async def test_sealed_anew_may_use_what_its_earlier_release_used(self, origin: Running) -> None:
        await say(origin, issued(2), 1)
        await sealed_unit(origin, [A, B])
        await say(origin, used(2, left=0), 2)
        again = await sealed_unit(origin, [A, B], version=2)
        returned = PermitUseReturned(
            permit_id=PERMIT, line_no=1, quantity=2, left=2, declaration_id=EXPORT
        )
        await say(origin, returned, 3)
        third = await sealed_unit(origin, [A, B], version=3)
        await say(origin, used(2, left=0, declaration_id=derived_id("exp", ORIGIN, "other")), 4)
        fourth = await sealed_unit(origin, [A, B], version=4)

        assert (again["state"], third["state"]) == ("released", "released")
        assert fourth["reason"] == "permit-not-enough-left 210112 health"

    async def test_hears_a_hub_of_its_own_permits_only(self, origin: Running) -> None:
        await origin.hear(issued(), origin=DESTINATION)

        ((reason, _),) = await origin.quarantined()
        assert reason == "customs.permit-foreign"


class TestForms:
    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"permit_no": "another"}, "permit-unknown"),
            ({"holder_id": SELLER}, "permit-unknown"),
            ({"valid_until": NOON}, "permit-expired"),
            (
                {"lines": (LicenceLine(line_no=1, hs_code="210112", quantity=9, unit="XPK"),)},
                "permit-does-not-cover",
            ),
            (
                {"lines": (LicenceLine(line_no=1, hs_code="392690", quantity=9, unit="XPK"),)},
                "permit-not-enough-left",
            ),
            ({}, None),
        ],
    )
    async def test_name_permits_that_cover_their_lines(
        self, origin: Running, changes: dict[str, Any], code: str | None
    ) -> None:
        line = LicenceLine(line_no=1, hs_code="392690", quantity=10, unit="XPK")
        mine = {"holder_id": MEMBER, "destination": "MY", "permit_no": "SIRIM-1", "lines": (line,)}
        await say(origin, issued(**(mine | changes)), 1)

        form = await filed(origin, "K1", K1, {**GOODS, "permit_id": "SIRIM-1"})

        expected = [] if code is None else [(code, "lines[0].permit_id")]
        assert codes(form) == expected

    async def test_share_what_is_left_line_after_line(self, origin: Running) -> None:
        await say(origin, sirim(19), 1)
        line = {**GOODS, "permit_id": "SIRIM-1"}

        form = await filed(origin, "K1", K1 | {"gross_mass": "2.200"}, line, line)

        assert codes(form) == [("permit-not-enough-left", "lines[1].permit_id")]

    @pytest.mark.parametrize(("destination", "code"), [("SG", []), ("CN", ["does-not-cover"])])
    async def test_name_permits_for_the_country_that_the_goods_go_to(
        self, origin: Running, *, destination: str, code: list[str]
    ) -> None:
        await say(origin, sirim(10, destination="SG"), 1)

        form = await filed(
            origin,
            "K2",
            K2 | {"destination_country_id": destination},
            {**K2_LINE, "permit_id": "SIRIM-1"},
        )

        assert codes(form) == [(f"permit-{one}", "lines[0].permit_id") for one in code]
        assert await shown(origin) == ([] if code else [("K2", "SG", 10)])

    @pytest.mark.parametrize("form", ["K1", "K3", "K8", "K9"])
    async def test_show_what_they_take_when_accepted_and_nothing_once_cancelled(
        self, origin: Running, form: str
    ) -> None:
        await say(origin, sirim(10), 1)
        boxes = BOXES_OF[form]
        if form == "K9":
            came = await filed(origin, "K8", K8, GOODS, reference="CAME")
            boxes = boxes | {"previous_document_id": came["number"]}
        known = K2_LINE if form == "K3" else GOODS
        one = await filed(origin, form, boxes, {**known, "permit_id": "SIRIM-1"})

        await move(origin, one["number"], "cancel")

        assert one["state"] == "released"
        assert await shown(origin) == [(form, "MY", 10), (form, "MY", 0)]
        told = [one for one in await origin.envelopes() if one.type == PermitsShown.wire_name]
        assert told[0].sequence < told[1].sequence

    async def test_amended_may_use_what_they_used_and_give_back_the_rest(
        self, origin: Running
    ) -> None:
        await say(origin, sirim(10), 1)
        line = {**GOODS, "permit_id": "SIRIM-1"}
        one = await filed(origin, "K1", K1, line, reference="R-YELLOW")
        await say(origin, used(10, left=0, declaration_id=one["number"]), 2)

        same = (await amend(origin, one["number"], boxes={"gross_mass": "2.000"})).json()
        more = (await amend(origin, one["number"], lines=[{**line, "item_quantity": "11"}])).json()
        without = (await amend(origin, one["number"], lines=[GOODS])).json()

        assert (same["findings"], without["findings"]) == ([], [])
        assert codes(more) == [("permit-not-enough-left", "lines[0].permit_id")]
        takes = [quantity for _, _, quantity in await shown(origin)]
        assert takes == [10, 10, 0, 0]

    async def test_without_permits_show_nothing(self, origin: Running) -> None:
        one = await filed(origin, "K1", K1, GOODS)
        await move(origin, one["number"], "cancel")

        assert await shown(origin) == []


async def read(customs: Running, number: str) -> dict[str, Any]:
    return (await customs.http.get(f"/v1/gates/my/forms/{number}")).json()  # type: ignore[no-any-return]


async def two_forms(customs: Running, references: Sequence[str]) -> tuple[Any, PermitUseRefused]:
    """File two forms that take the last of a permit; return the second and its refusal."""
    await say(customs, sirim(10), 1)
    line = {**GOODS, "permit_id": "SIRIM-1"}
    _, second = [await filed(customs, "K1", K1, line, reference=one) for one in references]
    versions = [e.sequence for e in await customs.envelopes() if e.type == PermitsShown.wire_name]
    told = refused(
        second["number"], hs_code="392690", quantity=10, left=0, declaration_version=versions[1]
    )
    return second, told


HELD = [("permit-not-enough-left", "lines[0].permit_id")]


class TestRefusedUse:
    @pytest.mark.parametrize(
        ("reference", "step", "state"),
        [("B-YELLOW", "release", "documentary-check"), ("B", "complete", "released")],
    )
    async def test_holds_the_form_until_an_officer_resolves_it(
        self, origin: Running, *, reference: str, step: str, state: str
    ) -> None:
        second, told = await two_forms(origin, ["A", reference])
        await say(origin, told, 2, times=2)
        await say(origin, told, 3)
        held = await read(origin, second["number"])
        stopped_there = await move(origin, second["number"], step)
        resolved = await move(origin, second["number"], "resolve")
        twice = await move(origin, second["number"], "resolve")
        on = await move(origin, second["number"], step)

        assert (second["findings"], codes(held), held["state"]) == ([], HELD, state)
        assert held["version"] == second["version"] + 1
        assert held["history"][-1]["reason"] == "permit-not-enough-left"
        assert problem(stopped_there)[:2] == (409, "customs.form-held")
        assert (resolved.status_code, resolved.json()["findings"]) == (200, [])
        assert resolved.json()["history"][-1]["reason"].startswith("resolved: ")
        assert problem(twice)[:2] == (409, "customs.filing-step-not-allowed")
        assert on.status_code == 200

    async def test_that_is_amended_away_holds_nothing_and_comes_too_late_for_it(
        self, origin: Running
    ) -> None:
        second, told = await two_forms(origin, ["A", "B-YELLOW"])
        await say(origin, told, 2)
        amended = (await amend(origin, second["number"], lines=[GOODS])).json()
        await say(origin, told, 3)
        later = await read(origin, second["number"])
        released = await move(origin, second["number"], "release")

        assert (codes(amended), codes(later)) == ([], [])
        assert released.json()["state"] == "released"

    async def test_of_a_cancelled_form_changes_nothing(self, origin: Running) -> None:
        second, told = await two_forms(origin, ["A", "B"])
        cancelled = (await move(origin, second["number"], "cancel")).json()
        await say(origin, told, 2)

        assert await read(origin, second["number"]) == cancelled

    async def test_is_a_finding_on_a_released_export_that_an_officer_resolves(
        self, origin: Running
    ) -> None:
        first = await sealed_unit(origin, [A, B])
        told = refused(EXPORT, declaration_version=first["version"])
        for speaker in (ORIGIN, DESTINATION):
            await origin.hear(told, origin=speaker, times=2)
        path = f"/v1/export-declarations/{EXPORT}"
        found = (await origin.http.get(path)).json()
        resolved = await origin.post(f"{path}/resolve", {"reason": "permit-on-paper"})
        twice = await origin.post(f"{path}/resolve", {"reason": "permit-on-paper"})
        await origin.hear(told, origin=ORIGIN)
        await sealed_unit(origin, [A, B], version=2)
        await origin.hear(told, origin=ORIGIN)
        anew = (await origin.http.get(path)).json()

        assert [one["code"] for one in found["findings"]] == ["permit-not-enough-left"]
        assert (resolved.json()["findings"], resolved.json()["state"]) == ([], "released")
        assert resolved.json()["reason"] == "resolved: permit-on-paper"
        assert problem(twice)[:2] == (409, "customs.export-step-not-allowed")
        assert anew["findings"] == []

    async def test_of_others_declarations_is_no_concern(self, origin: Running) -> None:
        await origin.hear(refused(derived_id("exp", DESTINATION, "u")), origin=DESTINATION)
        await origin.hear(refused(derived_id("exp", ORIGIN, "never said")), origin=ORIGIN)

        assert [reason for reason, _ in await origin.quarantined()] == [
            "customs.export-declaration-not-found"
        ]
