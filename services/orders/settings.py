"""What `orders` needs to know beside what every service does."""

from typing import Self

from pydantic import model_validator

from shared.runtime.settings import Secret, Settings


class OrdersSettings(Settings):
    """Settings of the orders service."""

    webhook_loopback_allowed: bool = False
    """Lets webhooks go to this machine, any port, without TLS; for the test profile only."""

    customs_url: str = "http://customs:8000"
    """Where this hub's customs answers what goods cost once they are in the country."""

    return_address: str = ""
    """Where buyers send goods back to, inside their own country; blank: the hub's returns desk."""

    vault_keys: Secret | None = None
    """Keys of 32 bytes in base64, one a line: the first seals secrets in the database, all open.

    Without any, secrets of webhooks are kept as they are; a live service then warns at its start.
    """

    @model_validator(mode="after")
    def _only_in_test(self) -> Self:
        if self.webhook_loopback_allowed and self.profile != "test":
            raise ValueError("webhooks may go to this machine in the test profile only")
        return self
