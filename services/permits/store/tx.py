"""The unit of work of `permits`."""

from functools import cached_property

from services.permits.store.agencies import Agencies
from services.permits.store.answers import Answers
from services.permits.store.applications import Applications
from services.permits.store.licences import Licences
from services.permits.store.pack_versions import PackVersions
from services.permits.store.resets import Resets
from services.permits.store.write_offs import WriteOffs
from shared.db.tx import Tx


class PermitsTx(Tx):
    """One transaction and the repositories on it."""

    @cached_property
    def agencies(self) -> Agencies:
        return Agencies(self.connection)

    @cached_property
    def applications(self) -> Applications:
        return Applications(self.connection, self.clock)

    @cached_property
    def answers(self) -> Answers:
        return Answers(self.connection)

    @cached_property
    def licences(self) -> Licences:
        return Licences(self.connection, self.clock)

    @cached_property
    def packs(self) -> PackVersions:
        return PackVersions(self.connection)

    @cached_property
    def resets(self) -> Resets:
        return Resets(self.connection)

    @cached_property
    def write_offs(self) -> WriteOffs:
        return WriteOffs(self.connection)
