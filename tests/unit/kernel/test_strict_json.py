"""JSON that means one thing: what two readers could take differently is refused."""

import json

import pytest

from shared.kernel.strict_json import read_json

TWO_MEANINGS = {
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "UTF-16 without a mark": '{"a": 1}'.encode("utf-16-le"),
    "UTF-32": '{"a": 1}'.encode("utf-32"),
    "byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "name twice": b'{"a": 1, "a": 2}',
    "name twice, written otherwise": b'{"a": 1, "\\u0061": 2}',
    "name twice inside": b'[{"b": {"a": 1, "a": 1}}]',
    "not a number": b'{"a": NaN}',
    "no end": b'{"a": Infinity}',
    "broken": b'{"a": ',
    "nothing": b"",
    "too deep": b"[" * 100_000,
}


class TestReadJson:
    def test_reads_what_is_plain(self) -> None:
        body = '{"a": [1, 2.5, "名", null, true], "b": {"a": 1}}'.encode()

        assert read_json(body) == json.loads(body)

    @pytest.mark.parametrize("name", list(TWO_MEANINGS))
    def test_refuses(self, name: str) -> None:
        with pytest.raises(json.JSONDecodeError) as refused:
            read_json(TWO_MEANINGS[name])

        assert '"a"' not in str(refused.value)
