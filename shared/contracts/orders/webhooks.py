"""Webhooks of `orders`: what a marketplace asks over HTTP, and what it is sent.

Messages follow Standard Webhooks (https://www.standardwebhooks.com).
"""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import Id, Moment, ShortText, Text, Words
from shared.contracts.orders.api import OrderNo, State, TimelineEntry
from shared.contracts.times import AskedMoment

ATTEMPTS_MAX = 20
SEQUENCE_MAX = 10**6

DeliveryStateName = Literal["pending", "retrying", "delivered", "dead"]
Count = Annotated[int, Field(ge=0, le=10**6)]


class RegisterEndpoint(Words):
    """Where the caller is to be told of its orders and answers: https on port 443, public."""

    url: Text


class EndpointView(Words):
    """A webhook endpoint; `public_key` checks its `v1a` signatures."""

    id: Id
    url: Text
    public_key: ShortText
    created_at: Moment
    failing_since: Moment | None = None
    disabled_at: Moment | None = None
    disabled_for: Literal["failing", "gone"] | None = None


class EndpointSecret(Words):
    """An endpoint with the secret of its `v1` signatures, shown this once."""

    endpoint: EndpointView
    secret: ShortText


class AttemptView(Words):
    """One try to deliver: the receiver's status, or a word for why there was none."""

    at: Moment
    status: Annotated[int, Field(ge=100, le=999)] | None = None
    error: Annotated[str, Field(max_length=100)] = ""
    took_ms: Count


class DeliveryView(Words):
    """One message and how its delivery goes; `id` is its `webhook-id`, the same at every try.

    It is about an order, an answer of `permits`, or another endpoint that was disabled.
    """

    id: Id
    endpoint_id: Id
    order_id: Id | None = None
    answer_id: Id | None = None
    disabled_endpoint_id: Id | None = None
    sequence: Annotated[int, Field(ge=1, le=SEQUENCE_MAX)]
    type: ShortText
    state: DeliveryStateName
    due_at: Moment | None = None
    delivered_at: Moment | None = None
    created_at: Moment
    replays: Count
    attempts: Annotated[list[AttemptView], Field(max_length=ATTEMPTS_MAX)]


class ReplayDead(Words):
    """Send again what was given up on, of all messages made since then."""

    since: AskedMoment


class Replayed(Words):
    """How many messages will be sent again."""

    count: Count


class OrderNews(Words):
    """A timeline entry and the order it belongs to; `state` is the order's after it."""

    order_id: Id
    order_no: OrderNo
    platform_code: ShortText
    state: State
    entry: TimelineEntry


class OrderMessage(Words):
    """The body of a webhook. Entries of one order come in the order of their `sequence`."""

    type: ShortText
    timestamp: Moment
    data: OrderNews


class GuidanceNews(Words):
    """An answer of `permits` that would come out otherwise today, and what changed in it."""

    answer_id: Id
    reason: Text
    superseded_at: Moment


class GuidanceMessage(Words):
    """The body of a webhook to who asked `permits`, once a rule behind the answer changed."""

    type: Literal["guidance.superseded"] = "guidance.superseded"
    timestamp: Moment
    data: GuidanceNews


class EndpointNews(Words):
    """An address of the same member that is no longer called, and why."""

    endpoint_id: Id
    url: Text
    reason: Literal["failing", "gone"]
    disabled_at: Moment


class EndpointMessage(Words):
    """The body of a webhook to a member's other endpoints, once one of them is disabled."""

    type: Literal["endpoint.disabled"] = "endpoint.disabled"
    timestamp: Moment
    data: EndpointNews
