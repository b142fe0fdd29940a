"""What `permits` needs to know beside what every service does."""

from shared.runtime.settings import Settings


class PermitsSettings(Settings):
    """Settings of the permits service."""
