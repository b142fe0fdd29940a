"""The kinds of rule a pack may hold, and the fields each kind's value has.

A shape maps a field to how its text is read; `?` marks a field that may be absent, a mapping is a
nested part, a list of one mapping is a list of rows. A new kind is a new entry here and a reader
in the service that uses it; countries differ in values, never in code.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.packs.fields import Fields, Place
from shared.packs.law_kinds import LAW_KINDS, NAMES

Shape = Mapping[str, Any]

MEASURES = (
    "customs-duty",
    "preferential-duty",
    "vat",
    "consumption-tax",
    "sales-tax",
    "low-value-tax",
    "parcel-tax",
    "export-rebate",
)

KINDS: Mapping[str, Shape] = {
    **LAW_KINDS,
    # An amount that something must not exceed; `code` is what the authority answers if it does.
    "limit": {
        "amount": "money",
        "of": "text",
        "per": "text",
        "code": "text?",
        "channels": "texts?",
    },
    # How much of the tariff and of the taxes is levied in a channel.
    "relief": {"tariff": "rate", "taxes": "rate", "items_max": "count?"},
    # A computation the services know by name; the rule brings its rounding.
    "formula": {"formula": "text"},
    # What a value is made of.
    "base": {"parts": "texts", "not_lowered_by": "texts?"},
    # The ways goods may take, and how an import by that way is taxed.
    "channels": {
        "rows": [
            {
                "code": "text",
                "direction": "choice:import|export|both",
                "name": "text",
                "taxation": "choice:cbec|personal-parcel|low-value|general-trade?",
                "routes": "texts?",
            }
        ]
    },
    # Limits of the authority's messages.
    "messages": {"documents_max": "count", "lines_max": "count", "order_no_length_max": "count"},
    # How the parts of an order add up to what was paid, and in which currency.
    "arithmetic": {"plus": "texts", "minus": "texts", "currency": "text", "currency_code": "text"},
    # Which personal fields two documents must share, and what identifies a person.
    "identity": {"consignee": "texts", "payer": "text", "id_type": "text", "id_scheme": "text"},
    # Personal parcels by post.
    "personal-parcel": {
        "limit": "money",
        "limit_near": "money",
        "near": "texts",
        "waived_to": "money",
    },
    # Length and edition of the national goods nomenclature.
    "nomenclature": {"digits": "count", "edition": "text"},
    # Something that applies to goods: the longest prefix that fits wins, `*` fits all. A
    # preferential duty names its agreement's `scheme`: one line of goods may have several.
    "measure": {
        "measure": "choice:" + "|".join(MEASURES),
        "goods": "texts",
        "except": "texts?",
        "origins": "texts?",
        "scheme": "text?",
        "rate": "rate",
        "specific": "money?",
        "unit": "choice:KGM|C62?",
        "combine": "choice:sum|higher|lower?",
    },
    # So much of some goods enters at `in_quota` in the rule's own period, what is more at the
    # customs duty of such goods. `volume` is in kilograms or pieces; from the `critical` share left
    # on the quota is called critical.
    "quota": {
        "order_number": "text",
        "goods": "texts",
        "origins": "texts?",
        "unit": "choice:KGM|C62",
        "volume": "count",
        "in_quota": "rate",
        "critical": "rate",
    },
    # The last day to claim: a day of a year after the export's.
    "claim-term": {"years_after": "count", "month": "count", "day": "count"},
    # What an authority's own codes mean: currencies, countries, units.
    "code-list": {"rows": [{"code": "text", "means": "text"}]},
    # Shares of declarations per lane: of all, or of those with such goods, origins or values.
    "lanes": {
        "goods": "texts?",
        "origins": "texts?",
        "over": "money?",
        "rows": [{"lane": "choice:green|blue|yellow|red", "share": "rate"}],
    },
    # Which form declares what; `over` is the value above which the form joins the others.
    "forms": {"rows": [{"form": "text", "use": "text", "over": "money?", "name": "text"}]},
    # By when a returned declaration, or one that was not reached, is answered.
    "declaration-terms": {"papers_within": "days", "answer_within": "days"},
    # By when a returned form is answered, and by form when goods in transit must have arrived.
    "form-terms": {
        "answer_within": "days",
        "arrive_within": [{"form": "text", "within": "days"}],
    },
    # Duty given back; with `notice` only where the export form says that it will be claimed.
    "drawback": {
        "law": "text",
        "share": "rate",
        "export_within": "months",
        "claim_within": "months",
        "minimum": "money",
        "notice": "flag",
    },
    # A permit that can be applied for: who decides within how many working days, for which goods,
    # and the facts an applicant must state, each perhaps listed in a register.
    "permit-type": {
        "names": NAMES,
        "document_code": "text",
        "agency": "text",
        "goods": "texts",
        "valid": "days",
        "decide_within": "count",
        "appeal_within": "days",
        "countersign": "flag",
        "facts": [{"name": "text", "register": "text?"}],
    },
    # A document that goods need: its UN/EDIFACT 1001 code, who issues it, what it costs, in how
    # many working days, and which papers come first. `permit_type` can be applied for here.
    "paper": {
        "names": NAMES,
        "document_code": "text",
        "issuer": "text",
        "fee": "money",
        "days": "count",
        "needs": "texts",
        "permit_type": "text?",
    },
    # Whether goods may leave or enter, and on which conditions. `product` narrows a heading to one
    # of its goods; `partners` are the countries on the other side. A condition asks for a paper
    # (unless its waiver's threshold is not passed), a stated fact, perhaps one that a register
    # lists, one of the allowed routes or channels, or a value not over `to_value` (which a
    # consignment of `or_quantity` pieces may be).
    "control": {
        "direction": "choice:import|export",
        "goods": "texts",
        "except": "texts?",
        "product": "text?",
        "partners": "texts?",
        "channels": "texts?",
        "effect": "choice:open|conditions|prohibited",
        "conditions": [
            {
                "requires": "choice:paper|fact|route|channel|value",
                "paper": "text?",
                "fact": "text?",
                "register": "text?",
                "allowed": "texts?",
                "waiver": "text?",
                "to_value": "money?",
                "to_quantity": "count?",
                "to_weight_g": "count?",
                "or_quantity": "count?",
            }
        ],
    },
    # Days on which offices are closed although the week says open, and the other way round;
    # after `known_to` only weekends are known.
    "working-days": {
        "weekend": "texts",
        "off": [{"day": "day", "name": "text"}],
        "working": [{"day": "day", "name": "text"}],
        "known_to": "day",
    },
    # Goods in plain words, to find their heading.
    "goods-words": {
        "rows": [{"code": "text", "product": "text", "en": "text", "ms": "text", "zh-Hans": "text"}]
    },
    # What an authority has listed, for example approved plants.
    "register": {"entries": "texts"},
    # How long each party to a complaint has before silence decides.
    "complaint-ladder": {
        "seller_answers_within": "days",
        "buyer_answers_within": "days",
        "hub_decides_within": "days",
        "ombudsman_decides_within": "days",
    },
    # Exchange rates that customs uses for values, into the pack's currency.
    "customs-rates": {"rows": [{"currency": "text", "rate": "number"}]},
}


def check_value(kind: str, value: Fields) -> None:
    """Read every field of a rule's value once, or raise PackMalformed naming the first bad one."""
    _check(value, shape_of(kind, value.place))


def shape_of(kind: str, place: Place) -> Shape:
    """Return the fields that the value of a kind has, or raise PackMalformed."""
    if kind not in KINDS:
        problem = f"{kind!r} is not a kind of rule; known: {', '.join(sorted(KINDS))}"
        raise place.field("kind").wrong(problem)
    return KINDS[kind]


def _check(fields: Fields, shape: Shape) -> None:
    fields.only(*shape)
    for name, reader in shape.items():
        check_field(fields, name, reader)


def check_field(fields: Fields, name: str, reader: Any) -> None:
    """Read one field, and all below it, as its shape says, or raise PackMalformed."""
    if isinstance(reader, str):
        if name in fields or not reader.endswith("?"):
            _check_leaf(fields, name, reader.removesuffix("?"))
    elif isinstance(reader, Sequence):
        for row in fields.rows(name):
            _check(row, reader[0])
    else:
        _check(fields.part(name), reader)


def _check_leaf(fields: Fields, name: str, reader: str) -> None:
    if not reader.startswith("choice:"):
        getattr(fields, reader)(name)
        return
    choices = reader.removeprefix("choice:").split("|")
    if fields.text(name) not in choices:
        raise fields.place.field(name).wrong(f"must be one of {', '.join(choices)}")
