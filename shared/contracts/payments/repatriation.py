"""What `payments` shows of export proceeds: what left, until when its money is due, what came."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import HubName, Id, Moment, MoneyWords, ShortText, Text, Words


class ExportedParcelView(Words):
    """A parcel that left, under which declaration, and the last day for its proceeds."""

    parcel_id: Id
    declaration_id: Id
    form: ShortText
    fob: MoneyWords
    exported_at: Moment
    home_by: date


class HomecomingView(Words):
    """What one settled window brought for the order, and the sheet that both hubs signed."""

    window_id: Id
    debtor: HubName
    amount: MoneyWords
    settled_at: Moment
    sheet_sha256: ShortText
    our_signature: Text
    their_signature: Text


class RepatriationView(Words):
    """An order's export proceeds: awaited, home in time, late, overdue, or nothing due."""

    order_id: Id
    order_no: ShortText
    state: Literal["awaited", "home", "late", "overdue", "nothing-due"]
    home_by: date
    parcels: Annotated[tuple[ExportedParcelView, ...], Field(max_length=1_000)]
    received: Annotated[tuple[HomecomingView, ...], Field(max_length=1_000)]


class RepatriationList(Words):
    """Orders whose proceeds must be home and are not, the first due first."""

    repatriations: Annotated[tuple[RepatriationView, ...], Field(max_length=200)]
