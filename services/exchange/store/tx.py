"""The unit of work of `exchange`."""

from functools import cached_property

from services.exchange.store.arrivals import Arrivals
from services.exchange.store.canaries import Canaries
from services.exchange.store.contracts import Contracts
from services.exchange.store.crossed import CrossedFrames
from services.exchange.store.documents import Documents
from services.exchange.store.evidence import EvidenceStore
from services.exchange.store.heads import Heads
from services.exchange.store.held_keys import HeldKeys
from services.exchange.store.incoming import Incoming
from services.exchange.store.negotiations import Negotiations
from services.exchange.store.outgoing import Outgoing
from services.exchange.store.person_keys import PersonKeys
from services.exchange.store.receipts import Receipts
from services.exchange.store.replicas import Replicas
from services.exchange.store.set_aside import SetAside
from services.exchange.store.snapshots import Snapshots
from services.exchange.store.transfers import Transfers
from services.exchange.store.tree import EvidenceTree
from shared.db.tx import Tx

NUMBERED, FRAMED, TAKEN, SIGNED, STEPPED = "numbered", "framed", "taken", "signed", "stepped"
ERASED = "erased"
"""Bells of the store: records got numbers, frames were closed, a peer's frames were applied,
something belongs in the evidence log, a peer is to be told of a contract's step, or that a key is
to be deleted."""


class ExchangeTx(Tx):
    """One transaction and the repositories on it."""

    @cached_property
    def negotiations(self) -> Negotiations:
        return Negotiations(self.connection)

    @cached_property
    def contracts(self) -> Contracts:
        return Contracts(self.connection)

    @cached_property
    def documents(self) -> Documents:
        return Documents(self.connection)

    @cached_property
    def outgoing(self) -> Outgoing:
        return Outgoing(self.connection)

    @cached_property
    def incoming(self) -> Incoming:
        return Incoming(self.connection)

    @cached_property
    def arrivals(self) -> Arrivals:
        return Arrivals(self.connection)

    @cached_property
    def canaries(self) -> Canaries:
        return Canaries(self.connection)

    @cached_property
    def replicas(self) -> Replicas:
        return Replicas(self.connection)

    @cached_property
    def set_aside(self) -> SetAside:
        return SetAside(self.connection)

    @cached_property
    def snapshots(self) -> Snapshots:
        return Snapshots(self.connection)

    @cached_property
    def receipts(self) -> Receipts:
        return Receipts(self.connection)

    @cached_property
    def tree(self) -> EvidenceTree:
        return EvidenceTree(self.connection)

    @cached_property
    def heads(self) -> Heads:
        return Heads(self.connection)

    @cached_property
    def crossed(self) -> CrossedFrames:
        return CrossedFrames(self.connection)

    @cached_property
    def person_keys(self) -> PersonKeys:
        return PersonKeys(self.connection)

    @cached_property
    def transfers(self) -> Transfers:
        return Transfers(self.connection)

    @cached_property
    def held_keys(self) -> HeldKeys:
        return HeldKeys(self.connection)

    @cached_property
    def evidence(self) -> EvidenceStore:
        return EvidenceStore(self.connection)
