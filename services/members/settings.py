"""What `members` needs to know beside what every service does."""

from shared.runtime.settings import Secret, Settings


class MembersSettings(Settings):
    """Settings of the members service."""

    token_key: Secret
    """The Ed25519 key, PEM, that signs this hub's tokens; others see only its public half."""
    operator_secret: Secret | None = None
    """The first operator's client secret; with it an empty hub can be set up. Rotate it after."""
