"""Who files a message: the firm named in the part of a document that answers for it.

Customs knows a firm by its registration code. A member files under the codes that are registered
for it here, and under those of members that let it act for them.
"""

from collections.abc import Mapping, Set
from types import MappingProxyType

from services.customs.domain.gate.message import GateDocument, GateMessage

SENDER_CODE = "copCode"
FILED_BY: Mapping[str, str] = MappingProxyType(
    {
        "311": "platform_id",
        "411": "payment_provider_id",
        "511": "carrier_id",
        "621": "agent_id",
        "623": "agent_id",
        "625": "agent_id",
        "213": "agent_id",
        "215": "terminal_operator_id",
        "303": "platform_id",
        "403": "platform_id",
        "505": "carrier_id",
        "507": "terminal_operator_id",
        "509": "carrier_id",
        "603": "agent_id",
        "605": "agent_id",
        "607": "agent_id",
        "701": "agent_id",
    }
)
"""The element that names the firm which answers for a document, by message."""


def sender_of(message: GateMessage) -> str:
    """Return the registration code of the firm that sends a message, blank if it names none."""
    return message.sender.get(SENDER_CODE, "")


def filer_of(number: str, document: GateDocument) -> str:
    """Return the registration code of the firm that answers for a document of message `number`."""
    return document.text(FILED_BY[number])


def codes_named(message: GateMessage) -> Set[str]:
    """Return every registration code that must be the sender's own, or lent to it."""
    documents = {filer_of(message.type.number, one) for one in message.documents if not one.faults}
    return documents | {sender_of(message)}
