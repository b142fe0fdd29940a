"""A permit as a signed document that anybody can check without asking anyone."""

import json
from collections.abc import Container, Mapping
from datetime import UTC, datetime
from typing import Any

from services.permits.domain.licence import Licence
from services.permits.domain.signing import (
    Check,
    CheckFailed,
    Checking,
    DocumentKey,
    Keys,
    decoded,
    json_bytes,
)

TYPE = "eroad-permit+jws"
DOCUMENT_LENGTH_MAX = 40_000
_CLAIMS: Mapping[str, type] = {
    "iss": str,
    "permit_id": str,
    "permit_no": str,
    "permit_type": str,
    "document_code": str,
    "agency": str,
    "holder_id": str,
    "destination": str,
    "lines": list,
    "issued_at": str,
    "valid_until": str,
}


def sign_permit(key: DocumentKey, licence: Licence, *, hub: str) -> str:
    """Return the licence as it was issued, as a signed document."""
    return key.sign(json_bytes(_claims(licence, hub)), typ=TYPE)


def verify_permit(
    document: str,
    keys: Keys,
    *,
    at: datetime,
    stopped: Container[str] = (),
) -> list[Check]:
    """Check a document at a moment; the first check that fails is the last one in the list.

    `keys` are the issuers' by key id. `stopped` are the permits known to be suspended, revoked or
    given back: the one thing that the paper itself can't say.
    """
    checking = Checking()
    try:
        key, payload = checking.open(document, keys, typ=TYPE, length_max=DOCUMENT_LENGTH_MAX)
        claims = _read(payload)
        good = _is_permit(claims)
        checking.check("content", holds=good, otherwise="fields are missing or malformed")
        good = claims["iss"] == key.hub
        checking.check("issuer", holds=good, otherwise="the key belongs to another hub")
        begins, ends = (claims[name] for name in ("issued_at", "valid_until"))
        good = datetime.fromisoformat(begins) <= at
        checking.check("begun", holds=good, otherwise=f"valid from {begins}")
        good = at < datetime.fromisoformat(ends)
        checking.check("not-expired", holds=good, otherwise=f"valid until {ends}")
        good = claims["permit_id"] not in stopped
        checking.check("not-stopped", holds=good, otherwise="the agency or the holder stopped it")
    except CheckFailed as failed:
        return failed.checks
    return checking.passed


def permit_claims(document: str) -> Mapping[str, Any]:
    """Return what a verified document says."""
    return _read(decoded(document.split(".")[1]))


def permit_id_of(document: str) -> str:
    """Return the permit that a verified document is about."""
    return str(permit_claims(document)["permit_id"])


def _claims(licence: Licence, hub: str) -> dict[str, Any]:
    return {
        "iss": hub,
        "permit_id": licence.id,
        "permit_no": licence.permit_no,
        "permit_type": licence.permit_type,
        "document_code": licence.document_code,
        "agency": licence.agency,
        "holder_id": licence.holder_id,
        "destination": licence.destination,
        "lines": [
            {
                "line_no": line.line_no,
                "hs_code": line.hs_code,
                "quantity": line.quantity,
                "unit": line.unit,
            }
            for line in licence.lines
        ],
        "issued_at": licence.issued_at.astimezone(UTC).isoformat(),
        "valid_until": licence.valid_until.astimezone(UTC).isoformat(),
        "conditions": list(licence.conditions),
    }


def _read(payload: bytes) -> dict[str, Any]:
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_permit(claims: Mapping[str, Any]) -> bool:
    if not all(isinstance(claims.get(name), kind) for name, kind in _CLAIMS.items()):
        return False
    try:
        moments = [datetime.fromisoformat(claims[name]) for name in ("issued_at", "valid_until")]
    except ValueError:
        return False
    return all(moment.tzinfo is not None for moment in moments)
