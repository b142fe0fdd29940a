"""What a marketplace may ask a hub, as values: path, body, and the type of the reply."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, Literal, TypeVar
from uuid import uuid4

from pydantic import BaseModel, Field

from shared.contracts.event import Words
from shared.contracts.operations import OperationResult, OperationView
from shared.contracts.orders.api import (
    BulkReply,
    CancelOrder,
    CancelReason,
    OrderView,
    PlaceOrder,
    PlaceOrders,
    TimelineEntry,
)
from shared.contracts.orders.returns import (
    ComplaintView,
    OpenComplaint,
    RequestReturn,
    ReturnView,
)
from shared.contracts.orders.webhooks import EndpointSecret, RegisterEndpoint

SheetType = Literal["text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"]
Reply = TypeVar("Reply", bound=BaseModel)
Item = TypeVar("Item", bound=BaseModel)


class ListPage(BaseModel, Generic[Item]):
    """One page of a list, and where the next one starts."""

    items: list[Item]
    next_cursor: str | None = Field(default=None)


@dataclass(frozen=True, kw_only=True)
class Ask(Generic[Reply]):
    """One request. Its key is drawn when it is made, so that a retry is the same request."""

    method: str
    path: str
    reply: type[Reply]
    body: Words | bytes | None = None
    """What is said: as JSON, or a file as it is."""
    media_type: str = "application/json"
    prefer: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    if_match: str = ""
    key: str = field(default_factory=lambda: str(uuid4()))

    @property
    def headers(self) -> dict[str, str]:
        """What goes with it beside the token."""
        headers = {} if self.method == "GET" else {"Idempotency-Key": self.key}
        if self.body is not None:
            headers["Content-Type"] = self.media_type
        if self.prefer:
            headers["Prefer"] = self.prefer
        if self.if_match:
            headers["If-Match"] = self.if_match
        return headers

    @property
    def content(self) -> bytes | None:
        if isinstance(self.body, Words):
            return self.body.model_dump_json(exclude_none=True).encode()
        return self.body

    def after(self, cursor: str) -> "Ask[Reply]":
        """The same list from a cursor on."""
        return replace(self, query={**self.query, "cursor": cursor})


def place_order(order: PlaceOrder) -> Ask[OrderView]:
    return Ask(method="POST", path="/orders/v1/orders", reply=OrderView, body=order)


def place_orders(orders: PlaceOrders) -> Ask[BulkReply]:
    """Up to 500 at once; each is taken or refused on its own."""
    return Ask(method="POST", path="/orders/v1/orders/bulk", reply=BulkReply, body=orders)


def place_file(content: bytes, media_type: SheetType = "text/csv") -> Ask[OperationView]:
    """Up to 10,000 orders as CSV or XLSX, placed after the answer; `finished` waits for the end."""
    return Ask(
        method="POST",
        path="/orders/v1/orders/import",
        reply=OperationView,
        body=content,
        media_type=media_type,
        prefer="respond-async",
    )


def read_operation(operation_id: str) -> Ask[OperationView]:
    """How far long work is."""
    path = f"/orders/v1/operations/{operation_id}"
    return Ask(method="GET", path=path, reply=OperationView)


def list_results(operation_id: str) -> Ask[ListPage[OperationResult]]:
    """What became of each line that is done."""
    path = f"/orders/v1/operations/{operation_id}/results"
    return Ask(method="GET", path=path, reply=ListPage[OperationResult])


def read_order(order_id: str) -> Ask[OrderView]:
    return Ask(method="GET", path=f"/orders/v1/orders/{order_id}", reply=OrderView)


def cancel_order(
    order_id: str, reason: CancelReason, *, version: int | None = None
) -> Ask[OrderView]:
    """With a version, only if the order is still as it was read."""
    return Ask(
        method="POST",
        path=f"/orders/v1/orders/{order_id}/cancel",
        reply=OrderView,
        body=CancelOrder(reason=reason),
        if_match="" if version is None else f'"{version}"',
    )


def list_orders(**wanted: str) -> Ask[ListPage[OrderView]]:
    """All orders, or those with a `state` or an `order_no`."""
    page = ListPage[OrderView]
    return Ask(method="GET", path="/orders/v1/orders", reply=page, query=wanted)


def list_timeline(order_id: str) -> Ask[ListPage[TimelineEntry]]:
    """What happened to an order at both hubs."""
    path = f"/orders/v1/orders/{order_id}/timeline"
    return Ask(method="GET", path=path, reply=ListPage[TimelineEntry])


def request_return(words: RequestReturn) -> Ask[ReturnView]:
    return Ask(method="POST", path="/orders/v1/returns", reply=ReturnView, body=words)


def open_complaint(words: OpenComplaint) -> Ask[ComplaintView]:
    return Ask(method="POST", path="/orders/v1/complaints", reply=ComplaintView, body=words)


def register_endpoint(url: str) -> Ask[EndpointSecret]:
    """Name an address for webhooks; the secret in the reply is shown this once."""
    return Ask(
        method="POST",
        path="/orders/v1/webhook-endpoints",
        reply=EndpointSecret,
        body=RegisterEndpoint(url=url),
    )
