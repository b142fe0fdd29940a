"""Queue a message to who asked `permits`, when a rule behind the answer changed."""

from services.orders.store.tx import OrdersTx
from services.orders.usecases.queue_notice import queue_notice
from shared.contracts.orders.webhooks import GuidanceMessage, GuidanceNews
from shared.contracts.permits.events import GuidanceSuperseded


async def announce_superseded(tx: OrdersTx, event: GuidanceSuperseded) -> None:
    """Queue a message per listening endpoint of the asker, due now.

    An answer asked for anew can be superseded again, so its messages are counted.
    """
    message = GuidanceMessage(
        timestamp=tx.now,
        data=GuidanceNews(answer_id=event.answer_id, reason=event.reason, superseded_at=event.at),
    )
    await queue_notice(tx, message, member_id=event.asker_id, subject_id=event.answer_id)
