"""The Python client of a hub for marketplaces: typed, sync and async, safe to retry.

    async with AsyncHub(url, client_id, secret) as hub:
        order = await hub.do(asks.place_order(words))
        async for found in hub.each(asks.list_orders(state="delivered")):
            ...
        work = await hub.finished(await hub.do(asks.place_file(csv)), within_s=600)

What can be asked is in `asks.py`; a webhook is checked with `read_webhook`.
"""

from shared.client.asks import Ask
from shared.client.errors import HubRefused, HubUnreachable, StillRunning
from shared.client.hubs import AsyncHub, Hub
from shared.client.received import WebhookForged, read_webhook

__all__ = [
    "Ask",
    "AsyncHub",
    "Hub",
    "HubRefused",
    "HubUnreachable",
    "StillRunning",
    "WebhookForged",
    "read_webhook",
]
