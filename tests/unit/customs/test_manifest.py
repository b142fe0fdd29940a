"""A manifest beside what was declared: short, in excess, or different, parcel by parcel."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.customs.domain.manifest import (
    DeclaredParcel,
    DeclaredQuantity,
    DeclaredUnit,
    Difference,
    Manifest,
    ManifestCheck,
    ManifestedParcel,
    ManifestFinding,
    ManifestState,
    ShortLine,
)

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)


def manifest(*numbers: str, grams: int = 720, departed_at: datetime = NOW) -> Manifest:
    return Manifest(
        master_waybill="232-1",
        export_declaration_id="exp-1",
        unit_no="AKE1",
        seals=("S1",),
        origin="MYKUL",
        destination="CNHGH",
        gate_weight_g=1_000,
        parcels=tuple(
            ManifestedParcel(
                logistics_no=number, order_no=f"O-{number}", gross_weight_g=grams, packages=1
            )
            for number in numbers
        ),
        departed_at=departed_at,
    )


def declared(*numbers: str, released_at: datetime = NOW) -> DeclaredUnit:
    return DeclaredUnit(
        declaration_id="exp-1",
        master_waybill="232-1",
        parcels=tuple(
            DeclaredParcel(
                logistics_no=number,
                order_no=f"O-{number}",
                gross_weight_g=720,
                goods=(DeclaredQuantity(hs_code="210112", quantity=2),),
            )
            for number in numbers
        ),
        released_at=released_at,
    )


def check(said: Manifest | None = None, released: DeclaredUnit | None = None) -> ManifestCheck:
    return ManifestCheck(consolidation_id="con-1", manifest=said, declared=released)


def told(one: ManifestCheck) -> list[tuple[str, str, str, str]]:
    return [(f.code.value, f.logistics_no, f.declared, f.manifested) for f in one.findings]


class TestManifest:
    def test_waits_for_both_and_agrees_when_they_do(self) -> None:
        assert check(manifest("A")).state is ManifestState.WAITING_FOR_DECLARATION
        assert check(None, declared("A")).state is ManifestState.WAITING_FOR_MANIFEST
        assert check(manifest("A", "B"), declared("B", "A")).state is ManifestState.AGREES

    def test_names_what_is_short_and_what_is_in_excess(self) -> None:
        one = check(manifest("A", "C"), declared("A", "B"))

        assert one.state is ManifestState.DIFFERS
        assert told(one) == [("short-shipped", "B", "", ""), ("excess", "C", "", "")]
        assert one.short_lines == (ShortLine(hs_code="210112", declared=4, shipped=2),)

    def test_names_every_other_difference_with_both_sides(self) -> None:
        unit = replace(declared("A"), declaration_id="exp-2", master_waybill="232-2")
        parcel = replace(unit.parcels[0], order_no="O-B", gross_weight_g=721)

        assert told(check(manifest("A"), replace(unit, parcels=(parcel,)))) == [
            ("master-waybill-differs", "", "232-2", "232-1"),
            ("declaration-differs", "", "exp-2", "exp-1"),
            ("order-differs", "A", "O-B", "O-A"),
            ("weight-differs", "A", "721", "720"),
        ]

    def test_keeps_the_later_of_two_on_either_side(self) -> None:
        later = NOW + timedelta(hours=1)
        new, old = declared("A", released_at=later), declared("A", "B")
        seen = check().with_declared(new).with_declared(old).with_manifest(manifest("A"))
        again = seen.with_manifest(manifest("A", "B", departed_at=NOW - timedelta(hours=1)))

        assert seen.findings == ()
        assert again == seen
        assert check(manifest("A"), old).findings == (
            ManifestFinding(code=Difference.SHORT_SHIPPED, logistics_no="B"),
        )
