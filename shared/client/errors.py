"""How a hub refuses, as its problem document says it, and that it could not be asked at all."""

from collections.abc import Mapping
from typing import Any

import httpx


class HubRefused(Exception):
    """The hub answered a problem (RFC 9457). `code` is stable, `field` says what it is about."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.problem = dict(problem)
        self.code = str(problem.get("code", "unknown"))
        self.field: str | None = problem.get("field")
        self.help: str | None = problem.get("help")
        super().__init__(f"{status} {self.code}: {problem.get('detail', '')}")

    @classmethod
    def of(cls, response: httpx.Response) -> "HubRefused":
        """Read the problem of a response; a proxy's page has none and keeps its status."""
        try:
            problem = response.json()
        except ValueError:
            problem = {}
        return cls(response.status_code, problem if isinstance(problem, dict) else {})


class StillRunning(Exception):
    """Long work had not ended at the deadline; it goes on, so ask again later."""


class HubUnreachable(Exception):
    """The hub did not answer, at every attempt; whether it acted is unknown, so ask again."""
