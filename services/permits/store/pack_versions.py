"""How versions of country packs are kept: every one ever used or published here, for good."""

import json
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.permits.store.tables import pack_part, pack_version, refused_pack
from shared.kernel.errors import NotFound
from shared.packs.pack import Pack

SHIPPED = ""
"""The hub of a pack that came with the software, signed by nobody."""


class PackVersionNotFound(NotFound):
    """This hub holds no such version of a pack."""

    code = "permits.pack-version-not-found"


@dataclass(frozen=True, kw_only=True)
class PackVersion:
    """One version held here; without `hub` it came with the software."""

    digest: str
    country: str
    version: str
    hub: str
    published_at: datetime


@dataclass(frozen=True, kw_only=True)
class RefusedPack:
    """A pack that a peer published and this hub did not believe, and why."""

    country: str
    version: str
    hub: str
    reason: str
    at: datetime


class PackVersions:
    """The versions of packs held at this hub."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def current(self, countries: Collection[str]) -> Mapping[str, str]:
        """Return the digest of each country's version that was published last."""
        rows = await self._connection.execute(
            select(pack_version.c.country, pack_version.c.digest)
            .where(pack_version.c.country.in_(countries), pack_version.c.hub != SHIPPED)
            .order_by(pack_version.c.published_at, pack_version.c.digest)
        )
        return {row.country: row.digest for row in rows}

    async def newest(self) -> str:
        """Return the digest of what was published last, of whichever country; blank if nothing."""
        query = select(pack_version.c.digest).where(pack_version.c.hub != SHIPPED)
        newest = query.order_by(pack_version.c.published_at.desc(), pack_version.c.digest).limit(1)
        return str(await self._connection.scalar(newest) or "")

    async def content(self, digest: str) -> dict[str, Any]:
        """Return the pack's document, or raise PackVersionNotFound."""
        row = (
            await self._connection.execute(
                select(pack_version.c.content).where(pack_version.c.digest == digest)
            )
        ).one_or_none()
        if row is None:
            raise PackVersionNotFound(f"no pack {digest}")
        found: dict[str, Any] = json.loads(zlib.decompress(row.content))
        return found

    async def signed(self, digest: str) -> str:
        """Return the signed document, or raise PackVersionNotFound; blank if nobody signed it."""
        row = (
            await self._connection.execute(
                select(pack_version.c.document).where(pack_version.c.digest == digest)
            )
        ).one_or_none()
        if row is None:
            raise PackVersionNotFound(f"no pack {digest}")
        return bytes(row.document).decode()

    async def find(self, digest: str) -> PackVersion | None:
        row = (
            await self._connection.execute(_LISTED.where(pack_version.c.digest == digest))
        ).one_or_none()
        return None if row is None else _version(row)

    async def page(self, *, after: str, limit: int) -> list[PackVersion]:
        """Return versions by digest."""
        query = _LISTED.where(pack_version.c.digest > after)
        rows = await self._connection.execute(query.order_by(pack_version.c.digest).limit(limit))
        return [_version(row) for row in rows]

    async def keep(self, pack: Pack, *, hub: str, at: datetime, document: str = "") -> bool:
        """Keep a version; return whether it was new, or is published where it was only shipped."""
        known = await self.find(pack.digest)
        if known is not None and (known.hub != SHIPPED or hub == SHIPPED):
            return False
        if known is not None:
            await self._connection.execute(
                delete(pack_version).where(pack_version.c.digest == pack.digest)
            )
        await self._connection.execute(
            insert(pack_version),
            {
                "digest": pack.digest,
                "country": pack.country,
                "version": pack.version,
                "hub": hub,
                "published_at": at,
                "content": zlib.compress(pack.canonical()),
                "document": document.encode(),
            },
        )
        return True

    async def keep_part(self, digest: str, *, hub: str, part: int, text: str) -> None:
        """Keep a part of a document that is not whole yet; a part heard again changes nothing."""
        key = (pack_part.c.digest == digest) & (pack_part.c.hub == hub)
        await self._connection.execute(delete(pack_part).where(key & (pack_part.c.part == part)))
        await self._connection.execute(
            insert(pack_part),
            {"digest": digest, "hub": hub, "part": part, "text": text.encode()},
        )

    async def take_parts(self, digest: str, *, hub: str, parts: int) -> str | None:
        """Return the whole document once every part is here, and forget the parts."""
        key = (pack_part.c.digest == digest) & (pack_part.c.hub == hub)
        rows = (
            await self._connection.execute(select(pack_part).where(key).order_by(pack_part.c.part))
        ).all()
        if [row.part for row in rows] != list(range(1, parts + 1)):
            return None
        await self._connection.execute(delete(pack_part).where(key))
        return "".join(bytes(row.text).decode() for row in rows)

    async def refuse(self, refused: RefusedPack) -> None:
        await self._connection.execute(insert(refused_pack), vars(refused))

    async def refused(self, *, limit: int) -> list[RefusedPack]:
        """Return the packs refused last, newest first."""
        rows = await self._connection.execute(
            select(refused_pack).order_by(refused_pack.c.id.desc()).limit(limit)
        )
        return [
            RefusedPack(
                country=row.country,
                version=row.version,
                hub=row.hub,
                reason=row.reason,
                at=row.at,
            )
            for row in rows
        ]


_LISTED = select(
    pack_version.c.digest,
    pack_version.c.country,
    pack_version.c.version,
    pack_version.c.hub,
    pack_version.c.published_at,
)


def _version(row: Row[*tuple[Any, ...]]) -> PackVersion:
    return PackVersion(
        digest=row.digest,
        country=row.country,
        version=row.version,
        hub=row.hub,
        published_at=row.published_at,
    )
