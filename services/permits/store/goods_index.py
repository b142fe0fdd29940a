"""Goods found by plain words in three languages: a full-text index in memory.

It holds the nomenclature and the words that packs give their goods. Chinese is written without
spaces, so every character becomes a word of its own, and characters that stand together in a
question must stand together in what is found. A word nobody uses is read as the one it is most
like.
"""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from shared.reference.nomenclature import Nomenclature

WORDS_MAX = 12
LANGUAGES = ("en", "ms", "zh-Hans")
SPELLING_SCORE_MIN = 75
SPELLING_LENGTH_MIN = 4
"""Shorter words resemble too many others."""
_CJK = r"\u3400-\u9fff"
_TOKEN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_LEFT_OUT = frozenset({"a", "an", "and", "for", "in", "of", "or", "the", "with", "dan", "dalam"})
_RANK = "bm25(goods, 8.0, 6.0, 2.0, 1.0)"
"""What people call it counts most, then what the code says, its heading, its chapter."""
_SHARED_DIGITS = 6


@dataclass(frozen=True, kw_only=True)
class GoodsWords:
    """A kind of goods: its code, its name in rules, and what people call it, by language."""

    code: str
    product: str
    words: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class GoodsFound:
    """A kind of goods that a question found. `confidence` is the share of the question's words
    that it has, in percent; a misread word counts by how like it is. Without `product` it is a
    code of the nomenclature that no rule has a name for.
    """

    code: str
    product: str
    words: tuple[str, ...]
    path: tuple[tuple[str, str], ...]
    confidence: int


@dataclass(frozen=True)
class _Term:
    """A word of a question as FTS5 takes it, and how sure we are that it was meant."""

    match: str
    sureness: int


class GoodsIndex:
    """Finds goods; read-only once built, so requests may share it."""

    def __init__(self, goods: Sequence[GoodsWords], nomenclature: Nomenclature) -> None:
        self.nomenclature = nomenclature
        self._goods = (*goods, *_unnamed(nomenclature))
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        self._database.execute(
            "CREATE VIRTUAL TABLE goods USING fts5"
            "(words, description, heading, chapter, tokenize='porter unicode61')"
        )
        rows = [self._row(one) for one in self._goods]
        self._database.executemany(
            "INSERT INTO goods (words, description, heading, chapter) VALUES (?, ?, ?, ?)", rows
        )
        self._vocabulary = sorted(
            {
                token.lower()
                for row in rows
                for text in row
                for token in _TOKEN.findall(text)
                if len(token) >= SPELLING_LENGTH_MIN
            }
        )

    def find(self, question: str, *, limit: int) -> list[GoodsFound]:
        """Return the goods that have every word of the question, else those that have some."""
        terms = [self._term(token) for token in _tokens(question)]
        if not terms:
            return []
        for joined in (" AND ", " OR "):
            rows = self._database.execute(
                f"SELECT rowid FROM goods WHERE goods MATCH ? ORDER BY {_RANK}, rowid LIMIT ?",  # noqa: S608
                (joined.join(term.match for term in terms), limit),
            ).fetchall()
            if rows:
                found = [self._found(int(number), terms) for (number,) in rows]
                return sorted(found, key=lambda one: -one.confidence)
        return []

    def codes_of(self, product: str) -> tuple[str, ...]:
        """Return the codes under which rules name a product."""
        return tuple(sorted({one.code for one in self._goods if one.product == product}))

    def _row(self, one: GoodsWords) -> tuple[str, str, str, str]:
        known = self.nomenclature.descriptions
        own = " , ".join((one.product.replace("-", " "), *one.words))
        code = one.code
        parts = (own, known.get(code[:6], ""), known.get(code[:4], ""), known.get(code[:2], ""))
        return (_spaced(parts[0]), _spaced(parts[1]), _spaced(parts[2]), _spaced(parts[3]))

    def _term(self, token: str) -> _Term:
        if re.match(rf"[{_CJK}]", token):
            return _Term(f'"{_spaced(token).strip()}"', 100)
        match = f'"{token}"*'
        if len(token) < SPELLING_LENGTH_MIN or self._has(match):
            return _Term(match, 100)
        like = process.extractOne(
            token.lower(), self._vocabulary, scorer=fuzz.ratio, score_cutoff=SPELLING_SCORE_MIN
        )
        return _Term(match, 100) if like is None else _Term(f'"{like[0]}"', int(like[1]))

    def _has(self, match: str) -> bool:
        found = self._database.execute(
            "SELECT 1 FROM goods WHERE goods MATCH ? LIMIT 1", (match,)
        ).fetchone()
        return found is not None

    def _found(self, number: int, terms: Sequence[_Term]) -> GoodsFound:
        one = self._goods[number - 1]
        sure = sum(term.sureness for term in terms if self._in(number, term))
        return GoodsFound(
            code=one.code,
            product=one.product,
            words=one.words,
            path=self.nomenclature.path(one.code),
            confidence=sure // len(terms),
        )

    def _in(self, number: int, term: _Term) -> bool:
        found = self._database.execute(
            "SELECT 1 FROM goods WHERE rowid = ? AND goods MATCH ?", (number, term.match)
        ).fetchone()
        return found is not None


def _unnamed(nomenclature: Nomenclature) -> Iterator[GoodsWords]:
    for code in sorted(nomenclature.descriptions):
        if len(code) == _SHARED_DIGITS:
            yield GoodsWords(code=code, product="", words=())


def _spaced(text: str) -> str:
    return re.sub(rf"([{_CJK}])", r" \1 ", text)


def _tokens(question: str) -> list[str]:
    """Return the words of a question that say something; a run of Chinese is one."""
    found = _TOKEN.findall(question)[:WORDS_MAX]
    return [token for token in found if token.lower() not in _LEFT_OUT]
