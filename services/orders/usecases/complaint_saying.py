"""What is said of a complaint: codes, amounts and hashes. The buyer's words never leave."""

from services.orders.domain.complaint import Complaint, ComplaintState
from services.orders.domain.facts import FactKind
from services.orders.store.tx import OrdersTx
from services.orders.usecases.say import say
from shared.contracts.event import Event, MoneyWords
from shared.contracts.orders.events import (
    ComplaintAnswered,
    ComplaintClosed,
    ComplaintMoved,
    ComplaintOpened,
    GoodwillGranted,
)
from shared.kernel.money import Money


async def say_opened(tx: OrdersTx, complaint: Complaint) -> None:
    event = ComplaintOpened.model_validate(
        {
            **_named(complaint),
            "about": complaint.about,
            "seller_id": complaint.seller_id,
            "claimed": MoneyWords.of(complaint.claimed),
            "due_at": complaint.due_at,
            "evidence": _hashes(complaint),
        }
    )
    await _say(tx, event, FactKind.COMPLAINT_OPENED, complaint, about=complaint.about)


async def say_answered(tx: OrdersTx, complaint: Complaint) -> None:
    """Said at the seller's hub: what the seller offers."""
    answer = "reject" if complaint.offered is None else "offer"
    event = ComplaintAnswered.model_validate(
        {
            "complaint_id": complaint.id,
            "order_id": complaint.order_id,
            "order_no": complaint.order_no,
            "answer": answer,
            "offered": _words(complaint.offered),
            "evidence": _hashes(complaint),
            "answered_at": tx.now,
        }
    )
    await _say(tx, event, FactKind.COMPLAINT_ANSWERED, complaint, answer=answer)


async def say_moved(tx: OrdersTx, complaint: Complaint) -> None:
    """Say the last step of a complaint; a closed one pays what was granted."""
    step = complaint.steps[-1]
    if complaint.state is ComplaintState.CLOSED:
        await _say_closed(tx, complaint)
        return
    event = ComplaintMoved.model_validate(
        {
            **_named(complaint),
            "what": step.what,
            "offered": _words(step.amount),
            "due_at": complaint.due_at,
            "evidence": _hashes(complaint),
        }
    )
    await _say(
        tx,
        event,
        FactKind.COMPLAINT_MOVED,
        complaint,
        what=step.what,
        stage=complaint.stage.value,
        by=step.by,
    )


async def _say_closed(tx: OrdersTx, complaint: Complaint) -> None:
    granted = complaint.granted if complaint.granted and complaint.granted.minor else None
    event = ComplaintClosed.model_validate(
        {**_named(complaint), "outcome": complaint.outcome, "granted": _words(granted)}
    )
    await _say(tx, event, FactKind.COMPLAINT_CLOSED, complaint, outcome=complaint.outcome)
    if granted is None:
        return
    goodwill = GoodwillGranted(
        grant_id=complaint.id,
        order_id=complaint.order_id,
        order_no=complaint.order_no,
        seller_id=complaint.seller_id,
        amount=MoneyWords.of(granted),
        reason=complaint.outcome,
        granted_at=tx.now,
    )
    await _say(
        tx,
        goodwill,
        FactKind.GOODWILL_GRANTED,
        complaint,
        amount_minor=str(granted.minor),
        currency=granted.currency,
    )


async def _say(
    tx: OrdersTx, event: Event, kind: FactKind, complaint: Complaint, **detail: str
) -> None:
    ends = {complaint.seller_hub, complaint.buyer_hub}
    others = tuple(sorted(ends - {tx.hub})) or (tx.hub,)
    await say(
        tx,
        event,
        kind,
        order_id=complaint.order_id,
        audience=others,
        sequence=complaint.version,
        complaint_id=complaint.id,
        **detail,
    )


def _named(complaint: Complaint) -> dict[str, object]:
    return {
        "complaint_id": complaint.id,
        "order_id": complaint.order_id,
        "order_no": complaint.order_no,
        "stage": complaint.stage.value,
        "at": complaint.steps[-1].at,
    }


def _hashes(complaint: Complaint) -> tuple[str, ...]:
    return tuple(piece.sha256 for piece in complaint.evidence)


def _words(amount: Money | None) -> MoneyWords | None:
    return None if amount is None else MoneyWords.of(amount)
