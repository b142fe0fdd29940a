"""Malaysia's customs forms as data: which boxes each has, and what it follows.

The forms are those of the Customs Act 1967 as the pack lists them (rule M7). Which boxes a form
has is told here from memory of the printed forms and is unverified; numbers of boxes are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from shared.kernel.errors import NotFound

SOURCE = "Customs Act 1967; Customs (Prescription of Forms) Order; boxes from memory, unverified"


class FormUnknown(NotFound):
    """Malaysia's customs have no such form here."""

    code = "customs.form-unknown"


@dataclass(frozen=True, kw_only=True)
class Form:
    """One form. `needs` must be filled, `may` can be; `after` names the forms it follows.

    A taxed form has its duty and sales tax worked out; one that secures them has them held on its
    importer's guarantee account until the goods arrive. A form without lines is about another one.
    """

    name: str
    title: str
    needs: tuple[str, ...]
    may: tuple[str, ...] = ()
    line_needs: tuple[str, ...] = ()
    line_may: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    is_taxed: bool = False
    secures_tax: bool = False
    is_drawn_up: bool = False

    @property
    def is_billed(self) -> bool:
        return self.is_taxed or self.secures_tax

    @property
    def boxes(self) -> tuple[str, ...]:
        return (*self.needs, *self.may)

    @property
    def line_boxes(self) -> tuple[str, ...]:
        return (*self.line_needs, *self.line_may)


_PARTIES = ("exporter_id", "importer_id")
_CARRIAGE = ("border_transport_mode", "transport_contract_document_id")
_VALUE = ("invoice_amount", "customs_value_amount")
_MASS = ("gross_mass", "package_quantity")
_COSTS = ("trade_terms", "freight_amount", "insurance_amount")
_GOODS = (
    "classification_id",
    "goods_description",
    "origin_country_id",
    "item_quantity",
    "net_mass",
    "item_amount",
)
_TAX = ("duty_amount", "sales_tax_amount")
_PREFERENCE = ("preference_scheme", "origin_proof_id", "origin_proof_date")

FORMS: Mapping[str, Form] = MappingProxyType(
    {
        form.name: form
        for form in (
            Form(
                name="K1",
                title="declaration of goods imported",
                needs=(
                    *_PARTIES,
                    "customs_office_id",
                    *_CARRIAGE,
                    "arrival_date",
                    "unloading_location_id",
                    "export_country_id",
                    "invoice_id",
                    *_VALUE,
                    *_MASS,
                ),
                may=(
                    "agent_id",
                    "transport_equipment_id",
                    "loading_location_id",
                    "previous_document_id",
                    *_COSTS,
                    *_TAX,
                ),
                line_needs=_GOODS,
                line_may=("permit_id", *_PREFERENCE, *_TAX),
                is_taxed=True,
            ),
            Form(
                name="K1A",
                title="declaration of particulars relating to customs value",
                needs=(
                    "importer_id",
                    "previous_document_id",
                    "valuation_method",
                    "related_parties",
                    "price_paid_amount",
                    "customs_value_amount",
                ),
                may=("agent_id", "additions_amount", "deductions_amount", "trade_terms"),
                after=("K1",),
            ),
            Form(
                name="K2",
                title="declaration of goods exported",
                needs=(
                    "exporter_id",
                    "customs_office_id",
                    "transport_contract_document_id",
                    "destination_country_id",
                    *_VALUE,
                    *_MASS,
                ),
                may=("importer_id", "agent_id", "border_transport_mode", "departure_date"),
                line_needs=("classification_id", "item_quantity", "net_mass", "item_amount"),
                line_may=("goods_description", "origin_country_id", "permit_id"),
                is_drawn_up=True,
            ),
            Form(
                name="K3",
                title="permit to carry goods within Malaysia",
                needs=(
                    *_PARTIES,
                    "customs_office_id",
                    "destination_office_id",
                    *_CARRIAGE,
                    "departure_date",
                    *_VALUE,
                    *_MASS,
                ),
                may=("agent_id", "transport_equipment_id", "previous_document_id"),
                line_needs=("classification_id", "item_quantity", "net_mass", "item_amount"),
                line_may=("goods_description", "origin_country_id", "permit_id"),
            ),
            Form(
                name="K8",
                title="application to carry dutiable goods in transit or for transhipment",
                needs=(
                    *_PARTIES,
                    "customs_office_id",
                    "destination_office_id",
                    *_CARRIAGE,
                    "transport_equipment_id",
                    "arrival_date",
                    *_VALUE,
                    *_MASS,
                ),
                may=(
                    "agent_id",
                    "warehouse_id",
                    "loading_location_id",
                    "unloading_location_id",
                    "export_country_id",
                    "destination_country_id",
                    "previous_document_id",
                    "invoice_id",
                    *_COSTS,
                ),
                line_needs=_GOODS,
                line_may=("permit_id", *_PREFERENCE),
                secures_tax=True,
            ),
            Form(
                name="K9",
                title="permit to remove dutiable goods from a licensed warehouse",
                needs=(
                    "importer_id",
                    "customs_office_id",
                    "warehouse_id",
                    "previous_document_id",
                    *_VALUE,
                    "gross_mass",
                ),
                may=("exporter_id", "agent_id", "package_quantity", *_COSTS, *_TAX),
                line_needs=_GOODS,
                line_may=("permit_id", *_PREFERENCE, *_TAX),
                after=("K8", "K1"),
                is_taxed=True,
            ),
        )
    }
)


def form_called(name: str) -> Form:
    """Return the form of this name, or raise FormUnknown."""
    if name not in FORMS:
        raise FormUnknown(f"there is no form {name}", field="form", forms=sorted(FORMS))
    return FORMS[name]
