"""Which types a hub speaks is believed when it signed it, and compared name by name."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from services.exchange.domain.dsse import SCHEMA_SET
from services.exchange.domain.keys import KeyRing
from services.exchange.domain.schema_set import (
    SchemaSetRefused,
    difference,
    name_of_set,
    read_schema_set,
    sign_schema_set,
)
from shared.contracts import published
from shared.contracts.published import leaving_schemas, schema_hash
from tests.builders.eroad import DEST, NOW, ORIGIN, a_key, a_peer_key, a_ring

KEY = a_key(7)
RING = a_ring(KEY, hub=DEST)
A, B, C = "a" * 64, "b" * 64, "c" * 64
TYPES = {"orders.order-placed.v1": A, "orders.order-placed.v2": B}


def signed(types: Mapping[str, str] = TYPES, *, now: datetime = NOW) -> bytes:
    return sign_schema_set(types, hub=DEST, key=KEY, now=now)


def with_another_name() -> bytes:
    envelope = json.loads(signed())
    body = base64.b64decode(envelope["payload"]).replace(name_of_set(TYPES).encode(), b"0" * 16)
    envelope["payload"] = base64.b64encode(body).decode()
    envelope["signatures"][0]["sig"] = base64.b64encode(KEY.sign(SCHEMA_SET, body)).decode()
    return json.dumps(envelope).encode()


def changed() -> bytes:
    envelope = json.loads(signed())
    body = base64.b64decode(envelope["payload"]).replace(A.encode(), C.encode())
    envelope["payload"] = base64.b64encode(body).decode()
    return json.dumps(envelope).encode()


class TestSchemaSet:
    def test_is_read_as_it_was_signed(self) -> None:
        spoken = read_schema_set(signed(), RING)

        assert (spoken.hub, spoken.types, spoken.kid) == (DEST, TYPES, KEY.kid)
        assert spoken.schema_set == name_of_set(dict(reversed(TYPES.items())))

    @pytest.mark.parametrize(
        ("envelope", "by", "why"),
        [
            (signed, a_ring(a_key(8), hub=DEST), "may not sign"),
            (signed, KeyRing(DEST, [a_peer_key(KEY, revoked=True)]), "may not sign"),
            (lambda: signed(now=NOW + timedelta(days=36_500)), RING, "may not sign"),
            (signed, a_ring(KEY, hub=ORIGIN), f"it speaks for {DEST}"),
            (changed, RING, f"not signed by {DEST}"),
            (with_another_name, RING, "is not the name of these types"),
            (lambda: signed({"no type": A}), RING, "types"),
            (lambda: b"{" + signed(), RING, "JSON"),
            (lambda: b" " * 600_000 + signed(), RING, "over 524288 bytes"),
        ],
    )
    def test_is_refused_for(self, envelope: Callable[[], bytes], by: KeyRing, why: str) -> None:
        with pytest.raises(SchemaSetRefused, match=why):
            read_schema_set(envelope(), by)

    def test_differs_by_name(self) -> None:
        first, second = TYPES

        found = difference({first: C, "orders.order-placed.v3": C}, TYPES)

        assert found == ((second,), ("orders.order-placed.v3",), (first,))
        assert difference(TYPES, TYPES) == ((), (), ())


class TestPublishedSchemas:
    def test_have_the_hashes_that_anybody_takes_over_the_published_files(self) -> None:
        folder = Path(published.__file__).parent / "schemas"
        files = {file.stem: json.loads(file.read_text()) for file in folder.glob("*.json")}

        leaving = {n: schema_hash(schema) for n, schema in files.items() if schema["x-leaves-hub"]}

        assert leaving == leaving_schemas()
        assert 0 < len(leaving) < len(files)
