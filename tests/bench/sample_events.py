"""Events of about 1 kB that benches carry: no two alike, like those of a working day."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from services.exchange.domain.stream import Stream
from shared.contracts.customs.events import ExportReleased
from shared.contracts.event import Envelope, Event
from shared.contracts.orders.events import OrderPlaced

NOW = datetime(2026, 9, 1, 12, 40, tzinfo=UTC)
STREAM = Stream("my-kul", "cn-hgh", "customs")
CHARACTERS = "0123456789abcdefghjkmnpqrstvwxyz"


def an_export(draw: random.Random) -> Envelope:
    """Customs let a parcel leave; no two events alike, about 1 kB as a line."""
    parcels = [
        {
            "parcel_id": _an_id(draw, "par"),
            "logistics_no": f"EW{draw.randrange(10**9):09}MY",
            "order_id": _an_id(draw, "ord"),
            "order_no": f"T{draw.randrange(10**12)}",
            "gross_weight_g": draw.randrange(100, 20_000),
            "net_weight_g": draw.randrange(50, 19_000),
            "fob": _money(draw.randrange(100, 99_999)),
        }
    ]
    content = {
        "declaration_id": _an_id(draw, "dec"),
        "form": "K2",
        "consolidation_id": _an_id(draw, "con"),
        "master_waybill": f"{draw.randrange(100, 999)}-{draw.randrange(10**7):08}",
        "lines": [
            {
                "hs_code": f"{draw.randrange(10**7, 10**8)}",
                "quantity": draw.randrange(1, 9),
                "net_weight_g": draw.randrange(50, 19_000),
                "fob": _money(draw.randrange(100, 99_999)),
            }
        ],
        "parcels": parcels,
        "fob_total": _money(draw.randrange(100, 99_999)),
        "released_at": f"2026-09-01T12:{draw.randrange(40):02}:{draw.randrange(60):02}Z",
    }
    return _said(draw, ExportReleased, content, subject=content["declaration_id"])


def an_order(draw: random.Random) -> Envelope:
    """An order with one line and a person's data, of which some must stay and one is hashed."""
    unit, quantity = draw.randrange(100, 99_999), draw.randrange(1, 9)
    goods = _money(unit * quantity)
    content = {
        "order_id": _an_id(draw, "ord"),
        "order_no": f"T{draw.randrange(10**12)}",
        "platform_code": f"{draw.randrange(10**9)}",
        "marketplace_id": _an_id(draw, "mem"),
        "seller_id": _an_id(draw, "mem"),
        "seller_hub": "my-kul",
        "buyer_hub": "cn-hgh",
        "channel": "9610",
        "buyer_id_number": f"{draw.randrange(10**17, 10**18)}",
        "buyer_name": "".join(draw.choices("abcdefghij ", k=12)),
        "buyer_phone": f"+86{draw.randrange(10**10, 10**11)}",
        "goods": goods,
        "freight": _money(1200),
        "tax": _money(unit // 10),
        "discount": _money(0),
        "paid": _money(unit * quantity + 1200 + unit // 10),
        "lines": [
            {
                "line_no": 1,
                "sku": f"SKU-{draw.randrange(10**6)}",
                "description": "".join(draw.choices("abcdefghij ", k=30)),
                "hs_code": f"{draw.randrange(10**7, 10**8)}",
                "origin": "MY",
                "quantity": quantity,
                "unit_price": _money(unit),
                "total_price": goods,
                "net_weight_g": draw.randrange(50, 20_000),
            }
        ],
        "placed_at": f"2026-09-01T12:{draw.randrange(40):02}:{draw.randrange(60):02}Z",
    }
    return _said(draw, OrderPlaced, content, subject=content["order_id"])


def _said(
    draw: random.Random, event: type[Event], content: Mapping[str, Any], *, subject: Any
) -> Envelope:
    return Envelope(
        id=_an_id(draw, "evt"),
        source=f"hub:{STREAM.origin}/{event.service()}",
        type=event.wire_name,
        subject=subject,
        time=f"2026-09-01T12:39:00.{draw.randrange(10**6):06}+00:00",
        hub=STREAM.origin,
        data=msgspec.json.encode(content),
        audience=STREAM.dest,
        sequence=1,
        traceparent=f"00-{draw.randbytes(16).hex()}-{draw.randbytes(8).hex()}-01",
    )


def _an_id(draw: random.Random, prefix: str) -> str:
    return f"{prefix}_my-kul_{''.join(draw.choices(CHARACTERS, k=26))}"


def _money(minor: int) -> dict[str, Any]:
    return {"amount_minor": minor, "currency": "CNY"}
