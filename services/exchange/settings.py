"""What `exchange` needs to know beside what every service does."""

from pathlib import Path

from shared.runtime.settings import Secret, Settings


class ExchangeSettings(Settings):
    """Settings of the exchange service."""

    signing_key: Secret
    """The Ed25519 key, PEM, that signs this hub's frames, receipts and requests to peers."""
    anchors_file: Path
    """JSON: each peer's address, brokers, public keys and the secret shared with it."""
