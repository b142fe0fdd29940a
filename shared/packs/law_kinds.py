"""The kinds of rule that state a duty, a term or a right, beside those that compute.

Their shapes are written as in kinds.py. Each is read by the service named, or shown as it stands.
"""

from collections.abc import Mapping
from typing import Any

NAMES = {"en": "text", "ms": "text", "zh-Hans": "text"}

LAW_KINDS: Mapping[str, Mapping[str, Any]] = {
    # How many lines a list of goods has, and what the goods on it may be bought for.
    "positive-list": {
        "edition": "text",
        "lines": "count",
        "digits": "count",
        "use": "choice:personal|any",
        "resale": "flag",
    },
    # The most of some goods that one person may bring in within the period.
    "quantity-caps": {
        "per": "text",
        "rows": [{"goods": "texts", "product": "text", "weight_g": "count"}],
    },
    # A tax that goods pay from a price per millilitre or gram, or per piece, upwards.
    "luxury-tax": {
        "goods": "texts",
        "rate": "rate",
        "from_per_ml_or_g": "money",
        "from_per_piece": "money",
        "parcel_rate": "rate",
    },
    # Letters of a tariff line that ask for inspections, and what each letter asks for.
    "supervision": {
        "goods": "texts",
        "letters": "texts",
        "meanings": [{"letter": "text", "direction": "choice:import|export", "asks": "text"}],
    },
    # Makers who must be registered with the authority of the country they sell to.
    "makers-register": {
        "decree": "text",
        "routes": "count",
        "valid": "months",
        "renews": "flag",
        "scope": "text",
        "not_channels": "texts",
    },
    # Goods given back after import: the terms, and what becomes of tax and allowance.
    "import-return": {
        "channels": "texts",
        "counted_from": "text",
        "apply_within": "days",
        "back_within": "days",
        "back_to": "text",
        "tax": "choice:returned|kept",
        "allowance": "choice:restored|kept",
        "parts": "flag",
    },
    # Exported goods that come back, by the day on which they were exported.
    "export-return": {
        "exported_from": "day",
        "exported_to": "day",
        "back_within": "months",
        "channels": "texts",
        "not_goods": "texts",
        "state": "choice:original|any",
        "import_taxes": "choice:waived|levied",
        "rebate": "choice:repaid-first|kept",
    },
    # Retail exports declared by a list: what must be there before it is declared and before the
    # goods are released, and which lists and lines of them become one declaration until when.
    "export-list": {
        "papers": "texts",
        "release_papers": "texts",
        "summary_by": "texts",
        "summary_lines_by": "texts",
        "summary_day": "count",
    },
    # Taxes given back on export: who by which method, the rates there are, and when.
    "export-rebate": {
        "methods": [{"who": "text", "method": "text", "base": "text"}],
        "tiers": "rates",
        "channels": "texts",
        "timing": [{"channel": "text", "on": "text", "adjusted_on": "text?"}],
    },
    # Exports that need no purchase invoice to be free of tax.
    "invoice-waiver": {"areas": "text", "channels": "texts", "relief": "text"},
    # What of a payment must be open to an authority.
    "payment-evidence": {"to": "text", "when": "text", "fields": "texts"},
    # Until when the proceeds of exports must be home, and what may be done with them.
    "repatriation": {"within": "months", "forced_conversion": "flag", "netting": "flag"},
    # Whether personal data may leave without a filing.
    "data-export-exemption": {
        "persons_below": "count",
        "per": "text",
        "sensitive": "flag",
        "necessary_for": "texts",
    },
    # On which grounds personal data may leave, and what whoever sends them owes.
    "data-transfer": {
        "grounds": "texts",
        "assessment_every": "months",
        "officer": "flag",
        "breach_within_h": "count",
    },
    # Sellers from abroad who must register for a tax.
    "seller-registration": {
        "over": "money",
        "within": "months",
        "who": "texts",
        "period": "months",
        "pay_by": "text",
        "number_on_parcel": "text",
    },
    # The rates that a tax has.
    "tax-rates": {"rows": [{"tax": "text", "rates": "rates"}], "penalties_from": "day"},
    # The schedules of an order of prohibitions: how strictly, who decides, and also in transit.
    "prohibition-schedules": {
        "rows": [
            {
                "schedule": "text",
                "effect": "choice:absolute|licence|manner|cites",
                "decided_by": "text",
                "transit": "flag",
            }
        ]
    },
    # What must be there before a form is lodged.
    "form-order": {"form": "text", "after": "texts"},
    # A preference: the paper that proves origin (described here where it is issued here), how
    # origin is earned, and how long a proof is good, which holds for those of the partners too.
    "origin-scheme": {
        "partners": "texts",
        "form": "text",
        "document_code": "text",
        "issuer": "text",
        "paper": "text?",
        "regional_value": "rate",
        "or_rule": "text",
        "analysis_days": "count",
        "boxes": "count",
        "back_to_back": "flag",
        "third_party_invoice": "flag",
        "waived_to": "money?",
        "valid": "months",
    },
    # Forms and messages of the post; thresholds in special drawing rights.
    "postal": {
        "forms": [{"form": "text", "over_sdr": "count", "to_sdr": "count?"}],
        "item_id": "text",
        "hs_digits": "count",
        "messages": [{"message": "text", "use": "text", "when": "text"}],
    },
    # Numbers by which businesses, persons and items are known; `check` is a scheme of
    # shared/kernel/codes.py.
    "identifiers": {
        "rows": [
            {
                "name": "text",
                "of": "choice:business|person|tax|item|waybill|permit",
                "check": "choice:uscc|cn-resident-id|ssm|my-tin|s10|awb|gtin|sscc|pattern",
                "pattern": "text?",
                "names": NAMES,
            }
        ]
    },
    # Words for codes that pages and answers show.
    "labels": {"rows": [{"code": "text", **NAMES}]},
}
