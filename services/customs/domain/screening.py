"""Denied parties: is a name on the operator's list, written the same way or nearly so?

Names are compared without accents, punctuation and case, with company forms in one spelling; the
forms are data of the country packs. A match is never proof: a person looks at it.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

SCORE_MIN = 90
MATCHES_MAX = 10
PARTIES_MAX = 200_000
NAME_LENGTH_MAX = 500

_NOT_WORD = re.compile(r"[^\w]+")
_BETWEEN_HAN = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")


@dataclass(frozen=True, kw_only=True)
class DeniedParty:
    """One entry of the operator's list."""

    party_id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Match:
    """An entry that a name resembles, from 0 to 100."""

    party_id: str
    name: str
    score: int


@dataclass(frozen=True, kw_only=True)
class ScreeningList:
    """The operator's list, its names made comparable once."""

    parties: tuple[DeniedParty, ...] = ()
    forms: Mapping[str, str] = field(default_factory=dict)
    _plain: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.parties) > PARTIES_MAX:
            raise ValueError(f"a screening list has at most {PARTIES_MAX} parties")
        plain = tuple(plain_name(party.name, self.forms) for party in self.parties)
        object.__setattr__(self, "_plain", plain)

    def matches(self, name: str) -> list[Match]:
        """Return the entries that a name resembles, the best first."""
        if not self.parties:
            return []
        wanted = plain_name(name[:NAME_LENGTH_MAX], self.forms)
        if not wanted:
            return []
        found = process.extract(
            wanted,
            self._plain,
            scorer=fuzz.token_sort_ratio,
            score_cutoff=SCORE_MIN,
            limit=MATCHES_MAX,
        )
        return [
            Match(
                party_id=self.parties[index].party_id,
                name=self.parties[index].name,
                score=int(score),
            )
            for _, score, index in found
        ]


def plain_name(name: str, forms: Mapping[str, str]) -> str:
    """Return a name as it is compared; the longest company form that fits is rewritten first."""
    decomposed = unicodedata.normalize("NFKD", name).casefold()
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    joined = _BETWEEN_HAN.sub("", " ".join(_NOT_WORD.sub(" ", bare).split()))
    words = f" {joined} "
    for long_form in sorted(forms, key=len, reverse=True):
        if long_form.isascii():
            words = words.replace(f" {long_form} ", f" {forms[long_form]} ")
        else:
            words = words.replace(long_form, f" {forms[long_form]} ")
    return " ".join(words.split())


def read_parties(rows: Sequence[Sequence[str]]) -> tuple[DeniedParty, ...]:
    """Read rows of id and name; a row without either is a mistake of the list: ValueError."""
    parties = []
    for number, row in enumerate(rows, start=1):
        if len(row) < 2 or not row[0].strip() or not row[1].strip():
            raise ValueError(f"row {number} needs an id and a name")
        parties.append(DeniedParty(party_id=row[0].strip(), name=row[1].strip()))
    return tuple(parties)
