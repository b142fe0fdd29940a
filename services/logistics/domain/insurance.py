"""What a parcel is insured for, and what is due when it is gone."""

from services.logistics.domain.incident import GONE, INSURED_NOT, IncidentReason
from services.logistics.domain.tracking import TrackingState
from shared.kernel.money import Money

NO_CURRENCY = "XXX"
"""ISO 4217 for transactions without a currency: nothing was insured, so nothing is due in none."""


def is_gone(state: TrackingState) -> bool:
    """Say whether nobody will see a parcel in this state again."""
    return state in GONE


def due(insured: Money | None, reason: IncidentReason | None) -> Money:
    """Return what the insurer owes for a parcel that is gone: all of it, or zero.

    Zero for what travelled uninsured and for what its sender brought about.
    """
    if insured is None:
        return Money(0, NO_CURRENCY)
    return Money(0, insured.currency) if reason in INSURED_NOT else insured
