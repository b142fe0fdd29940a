"""The unit of work of `members`."""

from functools import cached_property

from services.members.store.assertions import Assertions
from services.members.store.clients import Clients
from services.members.store.contacts import Contacts
from services.members.store.members import Members
from services.members.store.permissions import Permissions
from shared.db.tx import Tx


class MembersTx(Tx):
    """One transaction and the repositories on it."""

    @cached_property
    def members(self) -> Members:
        return Members(self.connection)

    @cached_property
    def contacts(self) -> Contacts:
        return Contacts(self.connection)

    @cached_property
    def clients(self) -> Clients:
        return Clients(self.connection)

    @cached_property
    def assertions(self) -> Assertions:
        return Assertions(self.connection)

    @cached_property
    def permissions(self) -> Permissions:
        return Permissions(self.connection)
