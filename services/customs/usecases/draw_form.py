"""Draw up a form from what the hub knows already: a sealed unit, a parcel, another form."""

from dataclasses import dataclass

from services.customs.domain.declaration import Declaration
from services.customs.domain.documents import OrderDocument
from services.customs.domain.export import ExportDeclaration
from services.customs.domain.forms.box import Value
from services.customs.domain.forms.catalogue import Form, form_called
from services.customs.domain.forms.dossier import FormDossier, read_form
from services.customs.domain.forms.examination import worked_out
from services.customs.domain.forms.filing import NUMBER_PREFIX, Filing
from services.customs.domain.rulebook import CustomsRates
from services.customs.store.tx import CustomsTx
from shared.kernel.errors import NotFound, Rejected
from shared.kernel.ids import parse_id

EXPORT, IMPORT = "exp", "dec"
"""What forms can be about beside forms, by the first letters of its id."""


class SubjectUnknown(NotFound):
    """A form is about an export declaration, a declaration or another form of this hub."""

    code = "customs.form-subject-unknown"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a form is about: what it says already, and the members that all have a say in it."""

    owners: frozenset[str]
    dossier: FormDossier
    needs_all: bool = False
    """An export holds many sellers' goods: only who acts for all of them may see it whole."""

    def may_be_seen_by(self, served: set[str]) -> bool:
        return self.owners <= served if self.needs_all else bool(self.owners & served)


async def subject_of(tx: CustomsTx, about: str) -> Subject:
    """Return what is known of a form's subject, or raise what says that there is none."""
    match parse_id(about, field="about").prefix:
        case prefix if prefix == EXPORT:
            return await _export_subject(tx, await tx.exports.get(about))
        case prefix if prefix == IMPORT:
            return await _import_subject(tx, await tx.declarations.get(about))
        case prefix if prefix == NUMBER_PREFIX:
            return form_subject(tx, await tx.filings.get(about))
    raise SubjectUnknown(f"{about} is nothing that a form can be about", field="about")


async def draw_form(tx: CustomsTx, form: Form, subject: Subject) -> FormDossier:
    """Return a form with every box that is known or can be worked out."""
    return worked_out(form, FormDossier().filled_from(subject.dossier, form), customs_rates(tx))


def customs_rates(tx: CustomsTx) -> CustomsRates:
    """Return customs' rates of exchange of today; without any, only local money has a value."""
    on = tx.rulebook.day_of(tx.country, tx.now)
    found = tx.rulebook.customs_rates(tx.country, on=on)
    if found is None:
        raise RatesMissing(f"customs of {tx.country} published no rates for {on}")
    return found


class RatesMissing(Rejected):
    """The pack has no rates of exchange for the day; no value for customs can be told."""

    code = "customs.rates-missing"


def form_subject(tx: CustomsTx, filing: Filing) -> Subject:
    """A form follows another: it says what that said, and names it."""
    digits = tx.rulebook.money_digits(tx.country)
    said = read_form(form_called(filing.form), filing.text, digits=digits)
    return Subject(
        owners=frozenset({filing.member_id}),
        dossier=said.stating(previous_document_id=filing.number),
    )


async def _export_subject(tx: CustomsTx, declaration: ExportDeclaration) -> Subject:
    parcels = await tx.exports.unit_parcels(declaration.unit.consolidation_id)
    sellers = frozenset(parcel.seller_id for parcel in parcels)
    lines: list[dict[str, Value]] = [
        {
            "classification_id": line.hs_code,
            "item_quantity": line.quantity,
            "net_mass": line.net_weight_g,
            "item_amount": line.fob,
        }
        for line in declaration.lines
    ]
    dossier = FormDossier(lines=tuple(lines)).stating(
        # A unit of many sellers is exported by the hub that consolidated it.
        exporter_id=next(iter(sellers)) if len(sellers) == 1 else tx.hub,
        customs_office_id=_place_of(tx.hub),
        transport_contract_document_id=declaration.unit.master_waybill,
        destination_country_id=declaration.unit.destination_hub[:2].upper(),
        invoice_amount=declaration.fob_total,
        customs_value_amount=declaration.fob_local,
        gross_mass=sum(parcel.gross_weight_g for parcel in parcels),
        package_quantity=len(parcels),
        loading_location_id=_place_of(tx.hub),
    )
    return Subject(owners=sellers, dossier=dossier, needs_all=True)


async def _import_subject(tx: CustomsTx, declaration: Declaration) -> Subject:
    """A parcel's own declaration; the platform is its importer, so no person is named."""
    dossier = (await tx.documents.dossiers([declaration.logistics_no]))[declaration.logistics_no]
    order, waybill, export = dossier.order, dossier.waybill, dossier.export
    lines = () if order is None else _order_lines(declaration.applied_to(order))
    drawn = FormDossier(lines=lines).stating(
        exporter_id=declaration.seller_id,
        importer_id=declaration.marketplace_id or None,
        customs_office_id=_place_of(tx.hub),
        unloading_location_id=_place_of(tx.hub),
        transport_contract_document_id=None if export is None else export.master_waybill,
        invoice_id=declaration.order_no,
    )
    if declaration.seller_hub:
        drawn = drawn.stating(
            export_country_id=declaration.seller_hub[:2].upper(),
            loading_location_id=_place_of(declaration.seller_hub),
        )
    if order is not None:
        drawn = drawn.stating(freight_amount=order.freight)
    if waybill is not None:
        drawn = drawn.stating(
            insurance_amount=waybill.insured,
            gross_mass=waybill.gross_weight_g,
            package_quantity=waybill.packages,
        )
    owners = {declaration.seller_id, declaration.marketplace_id} - {""}
    return Subject(owners=frozenset(owners), dossier=drawn)


def _order_lines(order: OrderDocument) -> tuple[dict[str, Value], ...]:
    return tuple(
        {
            "classification_id": line.hs_code,
            "goods_description": line.description,
            "origin_country_id": line.origin,
            "item_quantity": line.quantity,
            "net_mass": line.net_weight_g,
            "item_amount": line.total_price,
        }
        for line in order.lines
    )


def _place_of(hub: str) -> str:
    """A hub is named after its place: my-kul is MYKUL."""
    return hub.replace("-", "").upper()
