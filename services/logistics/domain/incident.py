"""Why a parcel is not where it was meant to be: one list of reasons for every carrier.

Carriers write thousands of remarks; whoever reads a timeline, insures or refunds needs a few dozen
codes that mean the same everywhere. A code says who can do something about it: its part before the
first underscore is the carrier, the consignee, the sender, customs, security, or nobody.
"""

from enum import StrEnum

from services.logistics.domain.tracking import TrackingState


class IncidentReason(StrEnum):
    """Why a parcel is delayed, stopped, failed, returned or gone."""

    CARRIER_DAMAGED = "carrier_damaged"
    CARRIER_DELAYED = "carrier_delayed"
    CARRIER_LOST = "carrier_lost"
    CARRIER_MISROUTED = "carrier_misrouted"
    CARRIER_MISSED_PICKUP = "carrier_missed_pickup"
    CARRIER_NO_CAPACITY = "carrier_no_capacity"
    CARRIER_STRIKE = "carrier_strike"
    CARRIER_VEHICLE = "carrier_vehicle"
    CONSIGNEE_ABSENT = "consignee_absent"
    CONSIGNEE_ADDRESS = "consignee_address"
    CONSIGNEE_CLOSED = "consignee_closed"
    CONSIGNEE_DUTY_UNPAID = "consignee_duty_unpaid"
    CONSIGNEE_MOVED = "consignee_moved"
    CONSIGNEE_NO_IDENTITY = "consignee_no_identity"
    CONSIGNEE_REFUSED = "consignee_refused"
    CONSIGNEE_RESCHEDULED = "consignee_rescheduled"
    CONSIGNEE_UNCLAIMED = "consignee_unclaimed"
    CUSTOMS_DOCUMENTS = "customs_documents"
    CUSTOMS_DUTY = "customs_duty"
    CUSTOMS_INSPECTION = "customs_inspection"
    CUSTOMS_PROHIBITED = "customs_prohibited"
    CUSTOMS_SEIZED = "customs_seized"
    CUSTOMS_VALUATION = "customs_valuation"
    NATURE_DISASTER = "nature_disaster"
    NATURE_WEATHER = "nature_weather"
    SECURITY_DANGEROUS_GOODS = "security_dangerous_goods"
    SECURITY_SCREENING = "security_screening"
    SECURITY_STOLEN = "security_stolen"
    SENDER_CANCELLED = "sender_cancelled"
    SENDER_LABEL = "sender_label"
    SENDER_NO_SHOW = "sender_no_show"
    SENDER_PACKAGING = "sender_packaging"
    SENDER_WEIGHT = "sender_weight"
    TEMPERATURE_BROKEN = "temperature_broken"
    UNKNOWN = "unknown"


GONE = frozenset({TrackingState.LOST, TrackingState.DESTROYED})
"""States after which nobody will see the parcel again: what it was insured for is due."""

INSURED_NOT = frozenset(
    {
        IncidentReason.CUSTOMS_PROHIBITED,
        IncidentReason.CUSTOMS_SEIZED,
        IncidentReason.SENDER_PACKAGING,
        IncidentReason.SECURITY_DANGEROUS_GOODS,
    }
)
"""What the sender brought about is not insured: forbidden goods and bad packing."""
