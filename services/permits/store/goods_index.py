"""Goods found by plain words in three languages: a full-text index in memory, built from packs.

Chinese is written without spaces, so every character becomes a word of its own, and words of a
question that stand together must stand together in what is found.
"""

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

WORDS_MAX = 12
LANGUAGES = ("en", "ms", "zh-Hans")
_CJK = r"\u3400-\u9fff"
_TOKEN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")


@dataclass(frozen=True, kw_only=True)
class GoodsWords:
    """A kind of goods: its code, its name in rules, and what people call it, by language."""

    code: str
    product: str
    words: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class GoodsFound:
    """A kind of goods that a question found, best first."""

    code: str
    product: str
    words: tuple[str, ...]


class GoodsIndex:
    """Finds goods; read-only once built, so requests may share it."""

    def __init__(self, goods: Sequence[GoodsWords]) -> None:
        self._goods = tuple(goods)
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        self._database.execute("CREATE VIRTUAL TABLE goods USING fts5(words, tokenize='unicode61')")
        self._database.executemany(
            "INSERT INTO goods (rowid, words) VALUES (?, ?)",
            [
                (number, _spaced(" , ".join((one.product.replace("-", " "), *one.words))))
                for number, one in enumerate(self._goods, start=1)
            ],
        )

    def find(self, question: str, *, limit: int) -> list[GoodsFound]:
        """Return the goods that have every word of the question, else those that have some."""
        terms = _terms(question)
        if not terms:
            return []
        for joined in (" AND ".join(terms), " OR ".join(terms)):
            rows = self._database.execute(
                "SELECT rowid FROM goods WHERE goods MATCH ? ORDER BY rank, rowid LIMIT ?",
                (joined, limit),
            ).fetchall()
            if rows:
                return [self._found(int(number)) for (number,) in rows]
        return []

    def _found(self, number: int) -> GoodsFound:
        one = self._goods[number - 1]
        return GoodsFound(code=one.code, product=one.product, words=one.words)


def _spaced(text: str) -> str:
    return re.sub(rf"([{_CJK}])", r" \1 ", text)


def _terms(question: str) -> list[str]:
    """Return FTS5 terms: a run of Chinese is a phrase, any other word matches its beginning."""
    terms = []
    for token in _TOKEN.findall(question)[:WORDS_MAX]:
        is_cjk = re.match(rf"[{_CJK}]", token) is not None
        terms.append(f'"{_spaced(token).strip()}"' if is_cjk else f'"{token}"*')
    return terms
