"""What an operator may ask `payments` over HTTP about settlement between hubs."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import Currency, HubName, Id, Moment, MoneyWords, ShortText, Words

Number = Annotated[int, Field(strict=True, ge=0, le=10**12)]


class CloseWindow(Words):
    """Close the window of all that this hub owes a peer in a currency."""

    peer: HubName
    currency: Currency


class WindowView(Words):
    """A settlement window; `difference` names the number and transfer at which two sheets part."""

    id: Id
    debtor: HubName
    creditor: HubName
    window_no: Number
    after_no: Number
    until_no: Number
    net: MoneyWords
    state: Literal["closed", "agreed", "settled", "disputed"]
    ours_sha256: ShortText | None = None
    theirs_sha256: ShortText | None = None
    difference: ShortText | None = None
    settled_at: Moment | None = None
