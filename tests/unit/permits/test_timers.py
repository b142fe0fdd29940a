"""What the clock brings about, at a hub whose country has no pack too."""

from typing import Any, cast

from services.permits.domain.signing import DocumentKey
from services.permits.store.tx import PermitsTx
from services.permits.timers import timers
from services.permits.usecases.pack_shelf import PackShelf
from services.permits.usecases.permit_book import PermitBook
from shared.packs.pack import Packs
from tests.builders.tokens import new_key_pem


class Untouched:
    """A transaction in which nothing may happen."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was asked for")


class TestPublishing:
    async def test_is_left_out_where_the_country_has_no_pack(self) -> None:
        none = Packs([])
        signer = DocumentKey.from_pem(new_key_pem())
        found = timers(PackShelf(none), PermitBook(none, country="SG"), signer)
        [publishing] = [each for each in found if each.work.__name__ == "publish_own_pack"]

        await publishing.work(cast(PermitsTx, Untouched()))  # raises where it would say something
