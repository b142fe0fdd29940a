"""What is checked when a unit changes hands: who is aboard, what it weighs, which seals it has."""

from collections.abc import Sequence

from services.logistics.domain.parcel import Parcel, PoolState
from services.logistics.domain.weights import together
from shared.kernel.errors import Conflict, Rejected

NAMED_MAX = 10
PERMILLE = 1_000


class HeldAboard(Conflict):
    """A held parcel is inside: leave it behind and seal anew, then the others can go."""

    code = "logistics.held-aboard"
    help = "Drop the parcels named and give the new seals."


class GateWeightDiffers(Rejected):
    """The scales at the gate and the parcels' weights are further apart than tolerated."""

    code = "logistics.gate-weight-differs"
    help = "Weigh again, find the parcel that is missing or too much, and drop or re-book it."


class SealsDiffer(Rejected):
    """The seals found are not the seals the unit left with."""

    code = "logistics.seals-differ"
    help = "Report the unit to customs; it is taken in when the seals are accounted for."


def check_gate(parcels: Sequence[Parcel], *, gate_weight_g: int, tolerance_permille: int) -> None:
    """Raise HeldAboard or GateWeightDiffers unless these parcels may pass the gate."""
    held = [parcel.logistics_no for parcel in parcels if parcel.pool is PoolState.HELD]
    if held:
        raise HeldAboard(f"{len(held)} parcel(s) aboard are held", parcels=held[:NAMED_MAX])
    declared_g = together(parcel.load for parcel in parcels).gross_g
    if abs(gate_weight_g - declared_g) * PERMILLE > declared_g * tolerance_permille:
        raise GateWeightDiffers(
            f"the gate weighed {gate_weight_g} g, the parcels weigh {declared_g} g",
            field="gate_weight_g",
            declared_g=declared_g,
            tolerance_permille=tolerance_permille,
        )


def check_seals_found(sealed: Sequence[str], found: Sequence[str]) -> None:
    """Raise SealsDiffer unless exactly the seals it left with are found on the unit."""
    if set(sealed) != set(found):
        raise SealsDiffer("the seals found are not those it left with", field="seals")
