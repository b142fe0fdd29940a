"""From and to what callers write and read of carriers, labels and customs forms."""

from collections.abc import Mapping

from services.logistics.domain.carriage import Carriage, Carrier
from services.logistics.domain.customs_form import ContentLine, CustomsForm, Nature
from services.logistics.domain.label import Label
from services.logistics.domain.lane import office_of
from services.logistics.domain.parcel import Parcel
from services.logistics.store.specifications import minor_per_sdr
from shared.contracts.event import MoneyWords
from shared.contracts.logistics.carriage_api import (
    CarriageView,
    CustomsFormView,
    MakeCustomsForm,
)
from shared.kernel.ids import parse_id


def carriage_view(carriage: Carriage, known: Mapping[str, Carrier]) -> CarriageView:
    carrier = known.get(carriage.carrier)
    return CarriageView(
        id=carriage.id,
        parcel_id=carriage.parcel_id,
        carrier=carriage.carrier,
        service=carriage.service,
        carrier_no=carriage.carrier_no,
        price=MoneyWords.of(carriage.price),
        state=carriage.state.value,
        booked_at=carriage.booked_at,
        ready_at=carriage.ready_at,
        pickup_at=carriage.pickup_at,
        simulated=carrier is None or carrier.simulated,
        version=carriage.version,
    )


def label_of(parcel: Parcel, carriage: Carriage | None) -> Label:
    """A carrier's label when one is booked, else the hub's own under the house waybill."""
    origin = office_of(parse_id(parcel.id).hub)
    destination = office_of(parcel.destination_hub)
    return Label(
        number=carriage.carrier_no if carriage else parcel.logistics_no,
        sender=(f"Seller {parcel.seller_id}", f"via {origin}"),
        recipient=(f"Order {parcel.order_no}", f"to be delivered by hub {destination}"),
        route=f"{origin} > {destination}",
        gross_g=parcel.gross_g,
        pieces=parcel.packages,
        service=f"{carriage.carrier} {carriage.service}" if carriage else "consolidation",
        simulated=True,
    )


def customs_form_of(
    body: MakeCustomsForm, parcel: Parcel, carriage: Carriage | None
) -> CustomsForm:
    return CustomsForm(
        number=carriage.carrier_no if carriage else parcel.logistics_no,
        nature=Nature(body.nature),
        sender=body.sender,
        recipient=body.recipient,
        lines=tuple(
            ContentLine(
                description=line.description,
                quantity=line.quantity,
                net_g=line.net_weight_g,
                value=line.value.money(),
                hs_code=line.hs_code,
                origin=line.origin,
            )
            for line in body.lines
        ),
        gross_g=parcel.gross_g,
        minor_per_sdr=minor_per_sdr(body.lines[0].value.currency),
    )


def customs_form_view(form: CustomsForm, body: MakeCustomsForm) -> CustomsFormView:
    return CustomsFormView(
        form="CN 22" if form.form.value == "CN 22" else "CN 23",
        number=form.number,
        nature=form.nature.value,
        total=MoneyWords.of(form.value),
        net_weight_g=form.net_g,
        gross_weight_g=form.gross_g,
        lines=body.lines,
    )
