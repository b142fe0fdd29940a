"""What one may ask `permits` about the versions of country packs that a hub holds."""

from typing import Annotated, Any

from pydantic import Field

from shared.contracts.event import CountryCode, Moment, ShortText, Words
from shared.contracts.permits.events import PackDocument

Blank = Annotated[str, Field(max_length=10)]


class PublishPack(Words):
    """A pack of this hub's country: {"pack": manifest, "files": {name: {"rules": [...]}}}."""

    pack: Annotated[dict[str, Any], Field(max_length=2)]


class PackVersionView(Words):
    """One version held here; without `hub` it came with the software and nobody signed it."""

    country: CountryCode
    version: ShortText
    content_hash: ShortText
    hub: Blank
    published_at: Moment


class SignedPack(Words):
    """A version as its hub signed it; blank if it came with the software."""

    document: PackDocument | None


class RefusedPackView(Words):
    """A pack that a peer published and this hub did not believe."""

    country: CountryCode
    version: ShortText
    hub: Blank
    reason: Annotated[str, Field(max_length=600)]
    at: Moment
