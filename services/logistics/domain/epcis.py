"""A parcel's timeline as EPCIS 2.0 events in JSON-LD, and in the classifiers of DCSA.

EPCIS knows what has happened: actual events become ObjectEvents, what was pooled or emptied becomes
an AggregationEvent's business step. Planned and estimated entries are not events there; they stay
in the DCSA-like list. Vocabulary: CBV 2.0; what it has no word for is this hub's own URN.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.logistics.domain.tracking import Classifier, TrackingEvent

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
OWN = "urn:eroad:cbv"

STEPS = {
    "pending": ("commissioning", "active"),
    "picked_up": ("accepting", "in_progress"),
    "pooled": ("collecting", "in_progress"),
    "sealed": ("packing", "in_progress"),
    "handed_over": ("staging_outbound", "in_progress"),
    "departed": ("departing", "in_transit"),
    "in_transit": ("transporting", "in_transit"),
    "arrived": ("arriving", "in_progress"),
    "deconsolidating": ("unpacking", "in_progress"),
    "closed": ("unpacking", "in_progress"),
    "on_hold": ("holding", "non_sellable_other"),
    "held": ("holding", "non_sellable_other"),
    "out_for_delivery": ("shipping", "in_transit"),
    "ready_for_pickup": ("staging_outbound", "in_progress"),
    "delivered": ("receiving", "active"),
    "return_to_sender": ("shipping", "returned"),
    "destroyed": ("destroying", "destroyed"),
    "lost": ("stocktaking", "non_sellable_other"),
}

DCSA_CODES = {
    "picked_up": "PICK",
    "departed": "DEPA",
    "arrived": "ARRI",
    "sealed": "STUF",
    "closed": "STRP",
    "customs_released": "CUSR",
    "export_released": "CUSR",
    "customs_held": "CUSI",
    "on_hold": "HOLD",
    "delivered": "DRFD",
    "handed_over": "GTIN",
}
"""Transport event codes of DCSA where it has one; customs: CUSI inspected, CUSR released."""


def epcis_document(
    *, subject: str, events: Sequence[TrackingEvent], made_at: datetime
) -> dict[str, Any]:
    """Return an EPCIS document of what has happened to `subject`, oldest first."""
    return {
        "@context": [CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": _moment(made_at),
        "epcisBody": {
            "eventList": [
                _object_event(subject, event)
                for event in events
                if event.classifier is Classifier.ACTUAL
            ]
        },
    }


def dcsa_events(events: Sequence[TrackingEvent]) -> list[dict[str, str]]:
    """Return every entry, planned and estimated too, as DCSA classifies them."""
    return [
        {
            "eventClassifierCode": {"planned": "PLN", "estimated": "EST", "actual": "ACT"}[
                event.classifier.value
            ],
            "eventCode": DCSA_CODES.get(event.activity, "OTHR"),
            "activity": event.activity,
            "eventDateTime": _moment(event.happens_at),
            "eventCreatedDateTime": _moment(event.recorded_at),
            "UNLocationCode": event.place,
        }
        for event in events
    ]


def _object_event(subject: str, event: TrackingEvent) -> dict[str, Any]:
    step, disposition = STEPS.get(event.activity, (f"{OWN}:{event.activity}", "in_progress"))
    found: dict[str, Any] = {
        "eventID": f"urn:eroad:tracking:{event.id}",
        "type": "ObjectEvent",
        "action": "ADD" if event.activity == "pending" else "OBSERVE",
        "epcList": [f"urn:eroad:parcel:{subject}"],
        "bizStep": step,
        "disposition": disposition,
        "eventTime": _moment(event.happens_at),
        "recordTime": _moment(event.recorded_at),
        "eventTimeZoneOffset": "+00:00",
        "readPoint": {"id": f"urn:eroad:place:{event.place}"},
    }
    if event.reason is not None:
        found["eroad:reason"] = event.reason
    if event.simulated:
        found["eroad:simulated"] = True
    if "eroad:reason" in found or "eroad:simulated" in found:
        found["@context"] = [{"eroad": "urn:eroad:"}]
    return found


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
