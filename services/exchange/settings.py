"""What `exchange` needs to know beside what every service does."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from shared.runtime.settings import Secret, Settings


class ExchangeSettings(Settings):
    """Settings of the exchange service."""

    signing_key: Secret
    """The Ed25519 key, PEM, that signs this hub's frames, receipts and requests to peers."""
    peer_kafka_tls_ca_file: Path | None = None
    """Who signs the certificates of peers' brokers; without it those connections are plain."""
    peer_kafka_tls_cert_file: Path | None = None
    """The client certificate by which peers' brokers know this hub."""
    peer_kafka_tls_key_file: Path | None = None
    """The key of that certificate."""
    anchors_file: Path
    """JSON: each peer's address, brokers, root key and pairing key."""
    pairing_key: Secret | None = None
    """The X25519 key, PEM, from which this hub's secret with each peer follows."""
    frames_kept_days: Annotated[int, Field(ge=1, le=36_500)] = 90
    """How long this hub keeps what it framed; a peer that stands further behind gets a snapshot."""
    document_file: Path | None = None
    """This hub's document, signed by its offline root; shown to peers, read anew each time."""
