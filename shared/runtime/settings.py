"""Settings: read from the environment once, in this one place, and passed down from there.

Every name starts with EROAD_. Any secret NAME may be given as NAME_FILE, a path whose content is
the value, as containers do. A missing or malformed value stops the start.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import NoDecode as NoDecode

PREFIX = "EROAD_"
VERSION = "0.1.0"
"""What runs, as it says in API documents and traces."""


class Settings(BaseSettings):
    """What every service needs to know; each service's class adds its own fields."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    hub: Annotated[str, Field(pattern=r"^[a-z]{2}-[a-z]{3}$")]
    """This hub, for example my-kul."""
    peers: Annotated[tuple[str, ...], NoDecode] = ()
    """The hubs whose events this one hears, separated by commas."""
    profile: Literal["test", "live"] = "live"
    """In `test` the clock moves, magic values force outcomes, and simulators answer."""
    clock_file: Path | None = None
    """Where test mode keeps how far its clock was moved: one file for all processes of a hub.

    Without it each process has a clock of its own, which a restart sets back.
    """
    database_url: str
    """sqlite+aiosqlite:///FILE or postgresql+asyncpg://..."""
    bus: Literal["sqlite", "kafka"] = "kafka"
    """Which log carries the events."""
    bus_directory: Path = Path("var/bus")
    """Where the SQLite log keeps its files."""
    kafka_bootstrap: str = ""
    """Brokers, host:port separated by commas."""
    kafka_tls_ca_file: Path | None = None
    """The brokers' certificate authority; without it the connection is plain."""
    kafka_tls_cert_file: Path | None = None
    """This service's client certificate."""
    kafka_tls_key_file: Path | None = None
    """The key of that certificate."""
    kafka_replicas: Annotated[int, Field(ge=1, le=9)] = 3
    """Copies of each topic; one less must be in step for an event to count as written."""
    partitions: Annotated[int, Field(ge=1, le=64)] = 4
    """Partitions of each topic, fixed when the topic is made."""
    jwks_url: str = "http://members:8000/.well-known/jwks.json"
    """Where the hub's members service shows its keys."""
    member_name: str = "0"
    """The name of this worker among its service's workers, stable across restarts."""
    otlp_endpoint: str = ""
    """Where spans are sent by OTLP, http://collector:4318; blank sends none."""
    requests_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 6_000
    """How much one client may ask of one process of this service; more is a 429."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """How much is logged."""

    @field_validator("peers", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Return the settings of the environment, with every NAME_FILE read."""
        found = dict(os.environ if environment is None else environment)
        values: dict[str, Any] = {}
        for name in cls.model_fields:
            key = PREFIX + name.upper()
            path = found.get(f"{key}_FILE")
            if path is not None and key not in found and not name.endswith("_file"):
                values[name] = Path(path).read_text(encoding="utf-8").strip()
            elif key in found:
                values[name] = found[key]
        return cls(**values)


Secret = SecretStr


def real_parts_required() -> bool:
    """Say whether a missing Kafka, PostgreSQL or browser is a failure rather than a skip."""
    return os.environ.get("EROAD_REQUIRE_REAL") == "1"
