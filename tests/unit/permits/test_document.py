"""A signed permit, checked offline, with the failing check named."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.permits.domain.document import permit_id_of, sign_permit, verify_permit
from services.permits.domain.signing import DocumentKey, IssuerKey
from tests.builders.permits import NOON, a_licence
from tests.builders.tokens import new_key_pem

KEY, OTHER = DocumentKey.from_pem(new_key_pem()), DocumentKey.from_pem(new_key_pem())
KEYS = {
    key.kid: IssuerKey.of_jwk(hub, key.public_jwk)
    for key, hub in ((KEY, "my-kul"), (OTHER, "cn-hgh"))
}
LICENCE = a_licence()
DOCUMENT = sign_permit(KEY, LICENCE, hub="my-kul")
ALL = [
    *("form", "type", "algorithm", "key", "signature"),
    *("content", "issuer", "begun", "not-expired", "not-stopped"),
]


def failed(document: str, **options: Any) -> str:
    """The name of the check that fails, blank when all pass."""
    checks = verify_permit(document, KEYS, **{"at": NOON, **options})
    assert all(check.passed for check in checks[:-1])
    return "" if checks[-1].passed else checks[-1].name


def with_header(**changes: Any) -> str:
    header, claims, signature = DOCUMENT.split(".")
    changed = json.loads(base64.urlsafe_b64decode(header + "==")) | changes
    raw = json.dumps(changed, sort_keys=True, separators=(",", ":")).encode()
    return ".".join((base64.urlsafe_b64encode(raw).rstrip(b"=").decode(), claims, signature))


class TestVerifyPermit:
    def test_passes_every_check_of_a_good_permit(self) -> None:
        checks = verify_permit(DOCUMENT, KEYS, at=NOON)

        assert [check.name for check in checks] == ALL
        assert all(check.passed for check in checks)
        assert permit_id_of(DOCUMENT) == LICENCE.id

    def test_names_the_first_check_that_fails(self) -> None:
        assert failed("nonsense") == "form"
        assert failed(DOCUMENT + "=") == "form"
        assert failed(with_header(typ="at+jwt")) == "type"
        assert failed(with_header(alg="none")) == "algorithm"
        assert failed(with_header(kid="unknown")) == "key"
        assert failed(with_header(kid=OTHER.kid)) == "signature"
        assert failed(sign_permit(OTHER, LICENCE, hub="my-kul")) == "issuer"
        assert failed(DOCUMENT, at=NOON - timedelta(seconds=1)) == "begun"
        assert failed(DOCUMENT, at=LICENCE.valid_until) == "not-expired"
        assert failed(DOCUMENT, stopped={LICENCE.id}) == "not-stopped"

    def test_accepts_the_first_and_the_last_moment(self) -> None:
        assert failed(DOCUMENT, at=LICENCE.issued_at) == ""
        assert failed(DOCUMENT, at=LICENCE.valid_until - timedelta(microseconds=1)) == ""

    @settings(max_examples=300)
    @given(st.integers(0, len(DOCUMENT) - 1), st.sampled_from("AZaz09-_."))
    def test_notices_any_changed_character(self, place: int, character: str) -> None:
        changed = DOCUMENT[:place] + character + DOCUMENT[place + 1 :]

        assert (failed(changed) == "") == (changed == DOCUMENT)

    def test_needs_an_ed25519_key(self) -> None:
        with pytest.raises(ValueError):
            DocumentKey.from_pem("not a key")
