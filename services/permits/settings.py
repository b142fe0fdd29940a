"""What `permits` needs to know beside what every service does."""

from pathlib import Path

from shared.runtime.settings import Secret, Settings


class PermitsSettings(Settings):
    """Settings of the permits service."""

    signing_key: Secret | None = None
    """The Ed25519 key, PEM, that signs permits and packs; without it neither is signed."""
    issuers_file: Path | None = None
    """JSON: the hubs whose permits and packs are believed, each with its public keys."""
    nomenclature_file: Path | None = None
    """The goods nomenclature that `eroad reference import` wrote; without it the lane's own."""
