"""How specifications are kept: packaged JSON files, read once; a malformed one stops the start."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from services.logistics.domain.route import LeadTimes, Mode
from services.logistics.domain.segregation import SegregationTable
from services.logistics.domain.units import UnitType, UnitTypeUnknown
from services.logistics.domain.weights import Dimensions

PACKAGED = Path(__file__).parents[1] / "specifications"


@cache
def unit_types() -> Mapping[str, UnitType]:
    """Return every specified unit type by its code."""
    return {unit["code"]: _unit_type(unit) for unit in _document("units")["units"]}


@cache
def segregation_table() -> SegregationTable:
    """Return the general segregation table that is in force here."""
    document = _document("segregation")
    classes = document["classes"]
    return SegregationTable(
        source=document["source"],
        amendment=document["amendment"],
        verified=document["verified"],
        rows={
            one: dict(zip(classes, words.split(), strict=True))
            for one, words in document["rows"].items()
        },
    )


def _document(name: str) -> dict[str, Any]:
    text = (PACKAGED / f"{name}.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def _unit_type(unit: dict[str, Any]) -> UnitType:
    length, width, height = unit["inside_mm"]
    inside = Dimensions(length_mm=length, width_mm=width, height_mm=height)
    return UnitType(
        code=unit["code"],
        name=unit["name"],
        by_air=unit["by_air"],
        inside=inside,
        door_width_mm=unit["door_mm"][0],
        door_height_mm=unit["door_mm"][1],
        payload_g=unit["payload_g"],
        volume_mm3=unit.get("volume_mm3", inside.volume_mm3),
        source=unit["source"],
        confidence=unit["confidence"],
    )


def unit_type_named(code: str) -> UnitType:
    """Return a unit type by its code, or raise UnitTypeUnknown."""
    found = unit_types().get(code)
    if found is None:
        raise UnitTypeUnknown(
            f"no unit of type {code} is specified", field="unit_type", known=sorted(unit_types())
        )
    return found


def minor_per_sdr(currency: str) -> Decimal | None:
    """Return what a special drawing right costs in minor units, or None where nobody said."""
    text = _document("postal")["minor_per_sdr"].get(currency)
    return None if text is None else Decimal(text)


@dataclass(frozen=True)
class RouteFacts:
    """What routes are planned from."""

    lead_times: Mapping[Mode, LeadTimes]
    airports: Mapping[str, tuple[float, float]]
    days_off: Mapping[str, frozenset[date]]


@cache
def route_facts() -> RouteFacts:
    """Return lead times, airports and the days on which a country does not work."""
    document = _document("routes")
    return RouteFacts(
        lead_times={Mode(mode): LeadTimes(**one) for mode, one in document["lead_times"].items()},
        airports={
            code: (float(place["longitude"]), float(place["latitude"]))
            for code, place in document["airports"].items()
        },
        days_off={
            country: frozenset(date.fromisoformat(day) for day in days)
            for country, days in document["days_off"].items()
        },
    )
