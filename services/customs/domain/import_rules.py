"""The destination's rules of one day, as values that the domain can apply."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.customs.domain.basis import Basis
from services.customs.domain.landed_cost import Taxation


@dataclass(frozen=True, kw_only=True)
class DocumentLimits:
    """How many documents a message, lines a document and characters an order number may have."""

    documents_max: int
    lines_max: int
    order_no_length_max: int
    basis: Basis

    def message_sizes(self, documents: int) -> tuple[int, ...]:
        """Return how many documents each message carries."""
        full, rest = divmod(documents, self.documents_max)
        return (self.documents_max,) * full + ((rest,) if rest else ())


@dataclass(frozen=True, kw_only=True)
class Arithmetic:
    """Which parts of an order add up to what was paid, and the currency they must be in."""

    plus: tuple[str, ...]
    minus: tuple[str, ...]
    currency: str
    basis: Basis


@dataclass(frozen=True, kw_only=True)
class IdentityRule:
    """Which personal fields must agree, whether the orderer must pay, and the id's scheme."""

    consignee_fields: tuple[str, ...]
    payer_is_orderer: bool
    id_scheme: str
    basis: Basis


@dataclass(frozen=True, kw_only=True)
class ImportRules:
    """What one country asks of an import on one day; `pack_digest` names the exact rules."""

    country: str
    pack_digest: str
    hs_digits: int
    hs_basis: Basis
    channel_basis: Basis
    taxations: Mapping[str, Taxation]
    limits: DocumentLimits
    arithmetic: Arithmetic
    identity: IdentityRule
