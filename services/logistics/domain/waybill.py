"""Numbers that parcels and shipments travel under: making them, with their check digits.

House waybills are this hub's own numbers, master air waybills are the airline's (IATA resolution
600a) and S10 numbers are the post's (UPU S10). Checking given numbers is shared.kernel.codes' job.
"""

import re

from shared.kernel.codes import (
    check_awb,
    check_container,
    check_s10,
    check_unlocode,
    s10_check_digit,
)
from shared.kernel.errors import Rejected

HOUSE_SERIAL_MAX = 9_999_999_999
AWB_SERIAL_MAX = 9_999_999
S10_SERIAL_MAX = 99_999_999
LOGISTICS_NO_PATTERN = r"^[A-Z0-9][A-Z0-9-]{3,34}$"
BILL_OF_LADING_PATTERN = r"^[A-Z0-9]{4,35}$"
ULD_PATTERN = r"^[A-Z][A-Z0-9]{2}[0-9]{4,5}[A-Z0-9]{2}$"
SEAL_PATTERN = r"^[A-Z0-9][A-Z0-9-]{2,34}$"


class NumberMalformed(Rejected):
    """A waybill, unit or seal number does not follow its scheme; `scheme` names it."""

    code = "logistics.number-malformed"


class NumberReserved(Rejected):
    """Numbers that begin like this hub's own house waybills are given out by the hub alone."""

    code = "logistics.number-reserved"
    help = "Leave the number out and the hub gives the parcel one, or use a number of your own."


class SeriesExhausted(Rejected):
    """Every number of this series has been given out; the operator needs a new prefix."""

    code = "logistics.series-exhausted"


def house_waybill(office: str, serial: int) -> str:
    """Return the house waybill of `serial` at a UN/LOCODE: office, ten digits, serial mod 7."""
    clean = check_unlocode(office, field="office")
    return f"{clean}{_digits(serial, HOUSE_SERIAL_MAX)}{serial % 7}"


def air_waybill(prefix: str, serial: int) -> str:
    """Return the master air waybill of an airline's three-digit prefix and a serial."""
    return check_awb(f"{prefix}-{_digits(serial, AWB_SERIAL_MAX)}{serial % 7}")


def postal_number(service: str, serial: int, country: str) -> str:
    """Return the S10 number of a service indicator (LP, RR, ...), a serial and a country."""
    digits = _digits(serial, S10_SERIAL_MAX)
    return check_s10(f"{service}{digits}{s10_check_digit(digits)}{country}")


def check_logistics_no(text: str, *, office: str = "", field: str | None = None) -> str:
    """Return a house waybill that a seller or carrier brought along, to an office if one is named.

    Free form, but not one of the office's own, and where it looks like an S10 number the check
    digit must be right.
    """
    clean = _shape(LOGISTICS_NO_PATTERN, text, "house waybill", field)
    if office and re.fullmatch(rf"{office}[0-9]{{11}}", clean):
        raise NumberReserved(f"numbers like {office}... are the hub's own", field=field)
    if re.fullmatch(r"[A-Z]{2}[0-9]{9}[A-Z]{2}", clean):
        return check_s10(clean, field=field)
    return clean


def check_master(text: str, *, by_air: bool, field: str | None = None) -> str:
    """Return a master air waybill with its dash, or a bill of lading number."""
    if by_air:
        return check_awb(text, field=field)
    return _shape(BILL_OF_LADING_PATTERN, text, "bill of lading", field)


def check_unit(text: str, *, by_air: bool, field: str | None = None) -> str:
    """Return the number of an air unit load device, or of a container with its check digit."""
    if by_air:
        return _shape(ULD_PATTERN, text, "unit load device", field)
    return check_container(text, field=field)


def check_seal(text: str, *, field: str | None = None) -> str:
    """Return a seal number: capitals, digits and dashes (no scheme has a check digit)."""
    return _shape(SEAL_PATTERN, text, "seal", field)


def _digits(serial: int, serial_max: int) -> str:
    if not 1 <= serial <= serial_max:
        raise SeriesExhausted(f"the series goes from 1 to {serial_max}")
    return str(serial).zfill(len(str(serial_max)))


def _shape(pattern: str, text: str, scheme: str, field: str | None) -> str:
    if not re.fullmatch(pattern, text):
        raise NumberMalformed(f"not a valid {scheme} number", field=field, scheme=scheme)
    return text
