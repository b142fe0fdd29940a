"""What `permits` needs to know beside what every service does."""

from shared.runtime.settings import Secret, Settings


class PermitsSettings(Settings):
    """Settings of the permits service."""

    signing_key: Secret | None = None
    """The Ed25519 key, PEM, that signs permits; without it they are issued unsigned."""
