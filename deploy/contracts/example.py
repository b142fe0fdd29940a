"""A golden example of every event: the story of order A-001, with fictional people and numbers."""

from collections.abc import Mapping
from typing import Any

from shared.kernel.ids import HUB_PATTERN, derived_id

_STORY: Mapping[str, Any] = {
    "order_no": "TASIK-20260901-A001",
    "platform_code": "TASIK00001",
    "channel": "9610",
    "seller_hub": "my-kul",
    "buyer_hub": "cn-hgh",
    "destination_hub": "cn-hgh",
    "creditor_hub": "my-kul",
    "origin": "MYKUL",
    "destination": "CNHGH",
    "hub": "my-kul",
    "buyer_id_number": "330106190001010017",
    "payer_id_number": "330106190001010017",
    "buyer_name": "Wang Fang",
    "payer_name": "Wang Fang",
    "consignee_name": "Wang Fang",
    "buyer_phone": "13800000000",
    "consignee_phone": "13800000000",
    "buyer_address": "1 Example Road, Xihu District, Hangzhou",
    "consignee_address": "1 Example Road, Xihu District, Hangzhou",
    "contact_name": "Siti Aminah",
    "contact_phone": "+60 12-000 0000",
    "contact_email": "contact@kinta.example",
    "sku": "KV-3IN1-15",
    "gtin": "9556000000010",
    "description": "Kinta Valley 3-in-1 white coffee, 15 sachets of 38 g",
    "hs_code": "2101120000",
    "country": "MY",
    "kind": "seller",
    "name": "Kinta Valley White Coffee Sdn Bhd",
    "logistics_no": "KV26090100001",
    "master_waybill": "232-12345675",
    "unit_no": "AKE12345MH",
    "carrier_code": "SIMPOST",
    "pay_transaction_id": "P260901000001",
    "permit_no": "MAQIS-2026-000001",
    "document_code": "853",
    "agency": "MAQIS",
    "unit": "PK",
    "verdict": "accepted",
    "form": "K2",
    "status": "100",
    "code": "waybill-phone-differs",
    "field": "consignee_phone",
    "remedy": "Correct the waybill's phone number to the one of the order.",
    "tax_bill_no": "T260901000001",
    "provider": "Selat FX (simulated)",
    "rate": "0.6100",
    "bank_reference": "SIM-000001",
    "reason": "buyer-changed-mind",
    "stream": "my-kul/cn-hgh/customs/0",
    "pack_hash": "sha256:" + "0" * 64,
    "proof_sha256": "0" * 64,
}
_PREFIX = {"member": "mbr", "seller": "mbr", "marketplace": "mbr", "holder": "mbr", "client": "cli"}
_INTEGERS = {"gross_weight_g": 720, "net_weight_g": 570, "amount_minor": 5800, "line_no": 1}


def example_of(schema: Mapping[str, Any]) -> Any:
    """Return an instance of a JSON Schema made by pydantic, told from A-001's story."""
    return _value(schema, schema.get("$defs", {}), "")


def _value(schema: Mapping[str, Any], defs: Mapping[str, Any], name: str) -> Any:
    if "$ref" in schema:
        return _value(defs[schema["$ref"].rsplit("/", 1)[1]], defs, name)
    for option in schema.get("anyOf", ()):
        if option.get("type") != "null":
            return _value(option, defs, name)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    kind = schema.get("type")
    if kind == "object":
        return {key: _value(sub, defs, key) for key, sub in schema.get("properties", {}).items()}
    if kind == "array":
        return [_value(schema["items"], defs, name)]
    if kind == "integer":
        return _INTEGERS.get(name, max(int(schema.get("minimum", 1)), 1))
    if kind == "boolean":
        return True
    return _text(schema, name)


def _text(schema: Mapping[str, Any], name: str) -> str:
    if schema.get("format") == "date":
        return "2026-09-01"
    if schema.get("format") == "date-time":
        return "2026-09-01T12:40:00Z"
    pattern = schema.get("pattern", "")
    if pattern.startswith("^[a-z]{2,5}_"):
        thing = name.removesuffix("_id")
        return derived_id(_PREFIX.get(thing, thing[:3]), "my-kul", "A-001", thing)
    if pattern == HUB_PATTERN:
        return str(_STORY.get(name, "my-kul")) if name != "origin" else "my-kul"
    if name == "origin" and pattern == "^[A-Z]{2}$":
        return "MY"
    if name == "currency":
        return "CNY"
    if name == "destination" and pattern == "^[A-Z]{2}$":
        return "CN"
    return str(_STORY.get(name, name.replace("_", " ")))
