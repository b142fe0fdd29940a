"""What may cross between two hubs, compiled once: how each type is cut down, and how it is judged.

Both ends derive the same from the same schema and allow-list, so a field that should have stayed
at home is refused on arrival as well.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.exchange.domain.policy import FieldPolicy, compile_guard, compile_policy
from services.exchange.domain.records import TypeRule
from services.exchange.domain.shared_schema import shared_schema

Schema = Mapping[str, Any]
Check = Callable[[bytes], str | None]
Agreed = Mapping[str, Sequence[str] | None]
"""Types of events, each with its allow-list of fields or None for all that its labels let go."""


@dataclass
class Agreements:
    """Policies and rules for every type that may leave a hub; compiled when first needed."""

    schemas: Mapping[str, Schema]
    check_for: Callable[[Schema], Check]
    _policies: dict[tuple[str, str, Sequence[str] | None], FieldPolicy] = field(
        default_factory=dict
    )
    _all: dict[str, TypeRule] = field(default_factory=dict)
    _rules: dict[tuple[str, tuple[str, ...] | None], TypeRule] = field(default_factory=dict)

    def policy(
        self, event_type: str, peer: str, pair_key: bytes, fields: Sequence[str] | None
    ) -> FieldPolicy:
        """Return how a type is cut down for a peer."""
        key = (event_type, peer, fields)
        if key not in self._policies:
            self._policies[key] = compile_policy(
                self.schemas[event_type], leaves_hub=True, pair_key=pair_key, fields=fields
            )
        return self._policies[key]

    def rules(self, agreed: Agreed | None = None) -> Mapping[str, TypeRule]:
        """Return how arrivals are judged: those of every type, or as a contract cuts them down."""
        if agreed is not None:
            known = {name: fields for name, fields in agreed.items() if name in self.schemas}
            return {name: self._rule(name, fields) for name, fields in known.items()}
        if not self._all:
            self._all = {name: self._rule(name, None) for name in self.schemas}
        return self._all

    def _rule(self, name: str, fields: Sequence[str] | None) -> TypeRule:
        key = (name, None if fields is None else tuple(fields))
        if key not in self._rules:
            schema = self.schemas[name]
            self._rules[key] = TypeRule(
                validate=self.check_for(shared_schema(schema, fields=fields)),
                guard=compile_guard(schema, fields=fields),
                is_narrowed=fields is not None,
            )
        return self._rules[key]
