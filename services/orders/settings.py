"""What `orders` needs to know beside what every service does."""

from shared.runtime.settings import Settings


class OrdersSettings(Settings):
    """Settings of the orders service."""
