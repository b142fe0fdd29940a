"""Versions of country packs, and how a peer says that it published one."""

from copy import deepcopy
from typing import Any

from services.permits.domain.pack_document import sign_pack
from services.permits.domain.signing import DocumentKey
from shared.contracts.permits.events import PackPublished
from shared.packs.loader import load_packs
from shared.packs.pack import Pack, read_pack
from tests.builders.running import Running


def a_version(country: str, version: str, *, key: str = "", **value: Any) -> Pack:
    """The shipped pack of a country as another version, one rule's value changed."""
    document = deepcopy(dict(load_packs().of(country).document))
    document["pack"]["version"] = version
    for body in document["files"].values():
        for rule in body["rules"]:
            if rule["key"] == key:
                rule["value"] |= value
    return read_pack(document)


def without_coffee(version: str = "2026.10") -> Pack:
    """China's pack with the goods of its positive list prohibited."""
    return a_version("CN", version, key="control.import.positive-list", effect="prohibited")


def prohibited_from(day: str) -> Pack:
    """China's pack, in which the goods of its positive list are prohibited from a day on."""
    document = deepcopy(dict(load_packs().of("CN").document))
    rules = document["files"]["measures.yaml"]["rules"]
    old = next(rule for rule in rules if rule["key"] == "control.import.positive-list")
    new = deepcopy(old) | {"from": day}
    new["value"]["effect"] = "prohibited"
    old["to"] = day
    rules.append(new)
    return read_pack(document)


def publication(pack: Pack, document: str, **changes: Any) -> PackPublished:
    values = {
        "country": pack.country,
        "version": pack.version,
        "content_hash": pack.digest,
        "document": document,
        "published_at": "2026-09-01T12:00:00Z",
    }
    return PackPublished.model_validate(values | changes)


async def publish_at_peer(
    permits: Running, pack: Pack, *, key: DocumentKey | None = None, hub: str = "cn-hgh"
) -> None:
    """Let the service hear that cn-hgh published a version of its pack."""
    from tests.component.permits.conftest import CN_KEY

    event = publication(pack, sign_pack(key or CN_KEY, pack, hub=hub))
    await permits.hear(event, key=f"pack-{pack.country}", origin="cn-hgh")
