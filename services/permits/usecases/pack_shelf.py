"""Which version of which country's pack counts here today, and any version ever used, by hash.

A country's own hub is believed before what came with the software. Versions are read once and
kept in memory; which one counts is asked of the database every time, so that every process of the
service follows a publication at once.
"""

from collections.abc import Collection, Mapping
from datetime import date

from services.permits.store.pack_versions import SHIPPED
from services.permits.store.tx import PermitsTx
from services.permits.usecases.guidance_book import NOMENCLATURE, GuidanceBook
from shared.packs.pack import Pack, Packs, read_pack

VERSIONS_KEPT_MAX = 64
BOOKS_KEPT_MAX = 32
NONE = "none"
"""What stands for the hash of a country without a pack."""


class PackShelf:
    """The packs that came with the software, and those published since."""

    def __init__(self, shipped: Packs) -> None:
        self.shipped = shipped
        self._read: dict[str, Pack] = {
            pack.digest: pack for pack in map(shipped.of, shipped.countries())
        }
        self._books: dict[frozenset[str], GuidanceBook] = {}

    async def current(self, tx: PermitsTx, *countries: str) -> Mapping[str, str]:
        """Return the hash of each country's pack that counts now, `none` where there is none."""
        published = await tx.packs.current(countries)
        return {
            country: published.get(country)
            or (self.shipped.of(country).digest if self._ships(country) else NONE)
            for country in countries
        }

    async def book(self, tx: PermitsTx, hashes: Collection[str]) -> GuidanceBook:
        """Return the rules of these versions, or raise PackVersionNotFound."""
        wanted = frozenset(hashes) - {NONE}
        if wanted not in self._books:
            packs = [await self.pack(tx, digest) for digest in sorted(wanted)]
            if len(self._books) >= BOOKS_KEPT_MAX:
                self._books.pop(next(iter(self._books)))
            self._books[wanted] = GuidanceBook(Packs(packs))
        return self._books[wanted]

    async def pack(self, tx: PermitsTx, digest: str) -> Pack:
        """Return one version, or raise PackVersionNotFound."""
        if digest not in self._read:
            pack = read_pack(await tx.packs.content(digest))
            if len(self._read) >= VERSIONS_KEPT_MAX:
                self._read.pop(next(iter(self._read)))
            self._read[digest] = pack
        return self._read[digest]

    async def hold(self, tx: PermitsTx, hashes: Collection[str]) -> None:
        """Make sure that versions an answer rests on stay here for good."""
        for country in self.shipped.countries():
            pack = self.shipped.of(country)
            if pack.digest in hashes:
                await tx.packs.keep(pack, hub=SHIPPED, at=tx.now)

    def code_digits(self, *, on: date) -> Mapping[str, int]:
        """Return how many digits each country's own goods codes have."""
        return {
            country: rule.value.count("digits")
            for country in self.shipped.countries()
            for rule in self.shipped.of(country).rules_of_kind(NOMENCLATURE, on=on)
        }

    def _ships(self, country: str) -> bool:
        return country in self.shipped.countries()
