"""What the orders service of a peer tells of complaints and recalls."""

from collections.abc import Sequence
from datetime import datetime

from services.orders.consumers.heard import heard
from services.orders.domain.complaint import Complaint, Evidence, Stage, Step
from services.orders.domain.facts import FactKind
from services.orders.domain.recall import Recall
from services.orders.store.tx import OrdersTx
from services.orders.usecases.country_rules import Intake
from services.orders.usecases.follow_complaint import (
    follow_close,
    follow_move,
    hear_answer,
    keep_incoming_complaint,
)
from services.orders.usecases.recall_goods import count_told, hear_recall
from shared.contracts.event import MoneyWords
from shared.contracts.orders.events import (
    ComplaintAnswered,
    ComplaintClosed,
    ComplaintMoved,
    ComplaintOpened,
    RecallNotified,
    RecallOrdered,
)
from shared.kernel.errors import Forbidden, Rejected
from shared.kernel.ids import parse_id
from shared.kernel.money import Money
from shared.messaging.consumer import on
from shared.messaging.hearing import Listening

UNKNOWN_TYPE = "application/octet-stream"


class ComplaintIncomplete(Rejected):
    """A hub that says complaints in full names the seller, the subject and the claim."""

    code = "orders.complaint-incomplete"


class NotTheirRecall(Forbidden):
    """A seller's goods are called back by the seller's hub and by no other."""

    code = "orders.not-their-recall"


async def on_complaint_opened(event: ComplaintOpened, tx: OrdersTx) -> None:
    if event.seller_id is None or event.claimed is None or event.about is None:
        raise ComplaintIncomplete(f"complaint {event.complaint_id} lacks what a seller must know")
    claimed = event.claimed.money()
    said = heard(
        tx,
        FactKind.COMPLAINT_OPENED,
        event.order_id,
        occurred_at=event.at,
        complaint_id=event.complaint_id,
        about=event.about,
    )
    complaint = Complaint(
        id=event.complaint_id,
        order_id=event.order_id,
        order_no=event.order_no,
        marketplace_id="",
        seller_id=event.seller_id,
        seller_hub=tx.hub,
        buyer_hub=said.hub,
        about=event.about,
        claimed=claimed,
        opened_at=event.at,
        stage=Stage(event.stage),
        due_at=event.due_at,
        evidence=_evidence(event.evidence, "buyer", said.occurred_at),
        steps=(Step(what="opened", by="buyer", at=event.at, amount=claimed),),
    )
    await keep_incoming_complaint(tx, complaint=complaint, said=said)


async def on_complaint_moved(event: ComplaintMoved, tx: OrdersTx) -> None:
    what = event.what or "moved"
    said = heard(
        tx,
        FactKind.COMPLAINT_MOVED,
        event.order_id,
        occurred_at=event.at,
        complaint_id=event.complaint_id,
        what=what,
        stage=event.stage,
    )
    await follow_move(
        tx,
        complaint_id=event.complaint_id,
        what=what,
        stage=Stage(event.stage),
        amount=_money(event.offered),
        due_at=event.due_at,
        evidence=_evidence(event.evidence, "either", event.at),
        said=said,
    )


async def on_complaint_closed(event: ComplaintClosed, tx: OrdersTx) -> None:
    outcome = event.outcome or "closed"
    said = heard(
        tx,
        FactKind.COMPLAINT_CLOSED,
        event.order_id,
        occurred_at=event.at,
        complaint_id=event.complaint_id,
        outcome=outcome,
    )
    await follow_close(
        tx,
        complaint_id=event.complaint_id,
        outcome=outcome,
        granted=_money(event.granted),
        said=said,
    )


async def on_recall_ordered(event: RecallOrdered, tx: OrdersTx) -> None:
    hub = parse_id(event.seller_id).hub
    if tx.cause is not None and tx.cause.hub != hub:
        raise NotTheirRecall(f"{tx.cause.hub} calls back goods of a seller of {hub}")
    recall = Recall(
        id=event.recall_id,
        seller_id=event.seller_id,
        seller_hub=hub,
        sku=event.sku,
        batch=event.batch or "",
        ordered_from=event.ordered_from,
        ordered_until=event.ordered_until,
        hazard=event.hazard,
        remedy=event.remedy,
        recalled_at=event.recalled_at,
    )
    await hear_recall(tx, recall=recall)


async def on_recall_notified(event: RecallNotified, tx: OrdersTx) -> None:
    assert tx.cause is not None, "an event is being handled"
    await count_told(
        tx, recall_id=event.recall_id, hub=tx.cause.hub, orders_count=event.orders_count
    )


def subscriptions(intake: Intake) -> list[Listening]:
    """Return what is heard; the seller's answer is judged by this country's ladder."""

    async def on_complaint_answered(event: ComplaintAnswered, tx: OrdersTx) -> None:
        said = heard(
            tx,
            FactKind.COMPLAINT_ANSWERED,
            event.order_id,
            occurred_at=event.answered_at,
            complaint_id=event.complaint_id,
            answer=event.answer,
        )
        await hear_answer(
            tx,
            complaint_id=event.complaint_id,
            offered=_money(event.offered),
            evidence=_evidence(event.evidence, "seller", event.answered_at),
            intake=intake,
            said=said,
        )

    return [
        on(ComplaintOpened, on_complaint_opened, source="peers"),
        on(ComplaintMoved, on_complaint_moved, source="peers"),
        on(ComplaintAnswered, on_complaint_answered, source="peers"),
        on(ComplaintClosed, on_complaint_closed, source="peers"),
        on(RecallOrdered, on_recall_ordered, source="peers"),
        on(RecallNotified, on_recall_notified, source="peers"),
    ]


def _evidence(hashes: Sequence[str], by: str, at: datetime) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(sha256=digest, by=by, media_type=UNKNOWN_TYPE, at=at) for digest in hashes
    )


def _money(words: MoneyWords | None) -> Money | None:
    return None if words is None else words.money()
