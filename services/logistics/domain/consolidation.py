"""Parcels of many sellers in one unit on one lane, at the hub that sends them.

A parcel can be left behind until the unit is handed over: the load is then weighed, priced and
sealed anew. Nothing departs before customs released every parcel aboard.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.logistics.domain.freight import FreightSplit, Tariff, share_freight
from services.logistics.domain.gate import NAMED_MAX, check_gate
from services.logistics.domain.lane import Lane, Schedule
from services.logistics.domain.parcel import Handling, Parcel
from services.logistics.domain.stage import (
    ConsolidationOutOfOrder,
    ConsolidationState,
    check_edge,
)
from services.logistics.domain.weights import together
from shared.kernel.errors import Conflict, Rejected
from shared.kernel.money import Money

C = ConsolidationState

GROSS_G_MAX = 100_000_000
CHARGEABLE_G_MAX = 1_000_000_000
"""Far above any aircraft's unit or road container; a slip of the keyboard goes further."""


class PoolClosed(Conflict):
    """The cut-off has passed: the pool takes no more parcels."""

    code = "logistics.pool-closed"
    help = "Add the parcel to a later consolidation of the lane."


class PoolFull(Conflict):
    """The pool holds as many parcels as one consolidation may."""

    code = "logistics.pool-full"
    help = "Open another consolidation of the lane."


class PoolEmpty(Rejected):
    """A consolidation without parcels cannot be sealed, nor its last parcel left behind."""

    code = "logistics.pool-empty"


class WrongLane(Rejected):
    """The parcel goes to another hub than the consolidation."""

    code = "logistics.wrong-lane"


class HandlingDiffers(Rejected):
    """Temperature, bond or danger class of the parcel are not those of the consolidation."""

    code = "logistics.handling-differs"
    help = "Pool it with parcels of the same temperature, bond and danger class."


class SealsUnchanged(Rejected):
    """A unit that was opened needs a seal it did not have before."""

    code = "logistics.seals-unchanged"


class UnitOverloaded(Rejected):
    """No unit carries this much: 100 t on the scales, 1,000 t by volume."""

    code = "logistics.unit-overloaded"


class ReleaseIncomplete(Rejected):
    """The export release does not name every parcel aboard."""

    code = "logistics.release-incomplete"


class NotExportReleased(Conflict):
    """Customs has not released this consolidation for export yet."""

    code = "logistics.not-export-released"
    help = "Try again after customs has released the export declaration."


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a sealed unit weighs and costs, beside what its parcels would have cost alone."""

    gross_g: int
    volumetric_g: int
    chargeable_g: int
    freight: Money
    alone: Money


@dataclass(frozen=True, kw_only=True)
class Consolidation:
    """A consolidation at the hub that sends it; `version` counts its changes."""

    id: str
    opened_by: str
    lane: Lane
    schedule: Schedule
    master_waybill: str
    unit_no: str
    handling: Handling
    tariff: Tariff
    unit_type: str | None = None
    unit_cost: Money | None = None
    state: ConsolidationState = C.OPEN
    seals: tuple[str, ...] = ()
    figures: Figures | None = None
    gate_weight_g: int | None = None
    export_declaration_id: str | None = None
    version: int = 1

    def check_open(self, *, now: datetime) -> None:
        """Raise PoolClosed once the pool was closed or its cut-off has passed."""
        if self.state is not C.OPEN or now >= self.schedule.cut_off_at:
            closed_at = self.schedule.cut_off_at.isoformat()
            raise PoolClosed("the cut-off has passed", cut_off_at=closed_at)

    def admit(self, parcel: Parcel, *, aboard: int, aboard_max: int, now: datetime) -> Parcel:
        """Return the parcel pooled here, or say why it can't be: closed, full, lane, handling."""
        self.check_open(now=now)
        if aboard >= aboard_max:
            raise PoolFull(f"a consolidation holds {aboard_max} parcels at most")
        if parcel.destination_hub != self.lane.destination_hub:
            raise WrongLane(
                f"the parcel goes to {parcel.destination_hub}",
                destination_hub=self.lane.destination_hub,
            )
        if parcel.handling != self.handling:
            raise HandlingDiffers("the parcel needs other handling than this consolidation gives")
        return parcel.pooled(self.id)

    def cut_off(self) -> "Consolidation":
        """Return it with its pool closed."""
        return self._moved(C.CUT_OFF)

    def seal(
        self, parcels: Sequence[Parcel], *, seals: tuple[str, ...]
    ) -> tuple["Consolidation", FreightSplit]:
        """Return it sealed and how its freight is shared; an open pool is closed on the way."""
        closed = self.cut_off() if self.state is C.OPEN else self
        return closed._moved(C.SEALED)._weighed(parcels, seals=seals)

    def seal_again(
        self, parcels: Sequence[Parcel], *, seals: tuple[str, ...]
    ) -> tuple["Consolidation", FreightSplit]:
        """Return it sealed anew with the parcels that stay aboard; it must not be at the gate yet.

        The unit was opened, so one seal at least must be new.
        """
        if self.state is not C.SEALED:
            raise ConsolidationOutOfOrder(
                f"a consolidation that is {self.state} is not opened again", state=self.state.value
            )
        if set(seals) <= set(self.seals):
            raise SealsUnchanged("a unit that was opened needs a new seal", field="seals")
        return replace(self, version=self.version + 1)._weighed(parcels, seals=seals)

    def freight_of(self, parcels: Sequence[Parcel]) -> FreightSplit:
        """Return how these parcels would share the freight here; raises PoolEmpty for none."""
        if not parcels:
            raise PoolEmpty("a consolidation needs at least one parcel")
        return share_freight(
            {parcel.id: parcel.load for parcel in parcels},
            self.tariff,
            owners={parcel.id: parcel.seller_id for parcel in parcels},
        )

    def hand_over(
        self, parcels: Sequence[Parcel], *, gate_weight_g: int, tolerance_permille: int
    ) -> "Consolidation":
        """Return it with the carrier, once the scales agree and nothing aboard is held."""
        check_gate(parcels, gate_weight_g=gate_weight_g, tolerance_permille=tolerance_permille)
        return replace(self._moved(C.HANDED_OVER), gate_weight_g=gate_weight_g)

    def cleared(
        self, parcels: Sequence[Parcel], *, declaration_id: str, released: frozenset[str]
    ) -> "Consolidation":
        """Return it released for export; a release that leaves out a parcel aboard is refused.

        One that names more is good: what it names too much was left behind since.
        """
        if self.state not in {C.SEALED, C.HANDED_OVER}:
            raise ConsolidationOutOfOrder(
                f"a consolidation that is {self.state} awaits no release", state=self.state.value
            )
        missing = [parcel.logistics_no for parcel in parcels if parcel.id not in released]
        if missing:
            raise ReleaseIncomplete(
                f"{len(missing)} parcel(s) are not in the release", parcels=missing[:NAMED_MAX]
            )
        return replace(self, export_declaration_id=declaration_id, version=self.version + 1)

    def depart(self) -> "Consolidation":
        """Return it under way; raises NotExportReleased while customs has not spoken."""
        if self.export_declaration_id is None:
            raise NotExportReleased(
                f"consolidation {self.id} is not released for export", retry_after_s=30
            )
        return self._moved(C.DEPARTED)

    def arrive(self) -> "Consolidation":
        """Return it at its destination, as the hub there says."""
        return self._moved(C.ARRIVED)

    def deconsolidate(self) -> "Consolidation":
        """Return it being opened."""
        return self._moved(C.DECONSOLIDATING)

    def close(self) -> "Consolidation":
        """Return it with every parcel out."""
        return self._moved(C.CLOSED)

    def _moved(self, state: ConsolidationState) -> "Consolidation":
        return replace(self, state=check_edge(self.state, state), version=self.version + 1)

    def _weighed(
        self, parcels: Sequence[Parcel], *, seals: tuple[str, ...]
    ) -> tuple["Consolidation", FreightSplit]:
        split = self.freight_of(parcels)
        load = together(parcel.load for parcel in parcels)
        if load.gross_g > GROSS_G_MAX or split.chargeable_g > CHARGEABLE_G_MAX:
            raise UnitOverloaded(
                "no unit carries this much", gross_g=load.gross_g, chargeable_g=split.chargeable_g
            )
        figures = Figures(
            gross_g=load.gross_g,
            volumetric_g=self.tariff.weight_rule.volumetric_g(load),
            chargeable_g=split.chargeable_g,
            freight=split.total,
            alone=split.alone,
        )
        return replace(self, seals=seals, figures=figures), split
