"""Why a figure or a refusal is what it is."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Basis:
    """The rule behind a figure: its number, its key, where it is written, how sure we are."""

    rule: str
    key: str
    citation: str
    confidence: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong: code, field, the documents that disagree, what to do about it.

    It never carries the values themselves, because they may be personal.
    """

    code: str
    field: str
    documents: tuple[str, ...] = ()
    remedy: str
