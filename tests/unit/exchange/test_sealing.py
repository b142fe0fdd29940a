"""A sealed value opens with its key, in its place, and nowhere else; a wrapped key for its pair."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.exchange.domain.sealing import (
    WRAPPED_BYTES,
    PersonKey,
    SealBroken,
    key_names_in,
    open_all,
)

PAIR, OTHER_PAIR = b"p" * 32, b"q" * 32
KEY = PersonKey.new()


class TestSeal:
    @given(st.text(max_size=500) | st.none() | st.lists(st.text(max_size=20), max_size=5))
    def test_opens_to_what_was_sealed(self, value: object) -> None:
        sealed = KEY.seal(value, event_id="evt-1", field="name")

        assert KEY.opened(sealed, event_id="evt-1", field="name") == value

    def test_is_another_text_each_time(self) -> None:
        assert len({KEY.seal("Siti", event_id="evt-1", field="name") for _ in range(20)}) == 20

    @pytest.mark.parametrize(("event_id", "field"), [("evt-2", "name"), ("evt-1", "phone")])
    def test_opens_in_no_other_place(self, event_id: str, field: str) -> None:
        sealed = KEY.seal("Siti", event_id="evt-1", field="name")

        with pytest.raises(SealBroken):
            KEY.opened(sealed, event_id=event_id, field=field)

    def test_opens_with_no_other_key_even_of_that_name(self) -> None:
        sealed = KEY.seal("Siti", event_id="evt-1", field="name")

        for key in (PersonKey.new(), replace(KEY, secret=bytes(32))):
            with pytest.raises(SealBroken):
                key.opened(sealed, event_id="evt-1", field="name")

    def test_breaks_at_any_changed_character(self) -> None:
        sealed = KEY.seal("Siti", event_id="evt-1", field="name")

        for at in range(sealed.rindex("_") + 1, len(sealed) - 1):
            changed = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
            with pytest.raises(SealBroken):
                KEY.opened(changed, event_id="evt-1", field="name")


class TestWrapping:
    def test_is_undone_by_the_pair(self) -> None:
        wrapped = KEY.wrapped(pair_key=PAIR)

        assert PersonKey.unwrapped(KEY.name, wrapped, pair_key=PAIR) == KEY
        assert len(wrapped) == WRAPPED_BYTES
        assert KEY.secret not in wrapped

    @pytest.mark.parametrize("pair_key", [OTHER_PAIR, PAIR + b"!"])
    def test_is_undone_by_no_other_pair(self, pair_key: bytes) -> None:
        with pytest.raises(SealBroken):
            PersonKey.unwrapped(KEY.name, KEY.wrapped(pair_key=PAIR), pair_key=pair_key)

    def test_is_not_undone_once_a_byte_changed(self) -> None:
        wrapped = KEY.wrapped(pair_key=PAIR)
        changed = bytes([wrapped[0] ^ 1]) + wrapped[1:]

        with pytest.raises(SealBroken):
            PersonKey.unwrapped(KEY.name, changed, pair_key=PAIR)


class TestOpenAll:
    def test_leaves_null_where_the_key_is_gone_and_says_where(self) -> None:
        name = KEY.seal("Siti", event_id="evt-1", field="people.name")
        data = b'{"people":[{"name":"%b"}],"city":"Ipoh"}' % name.encode()

        assert key_names_in(data) == {KEY.name}
        assert open_all(data, {}, event_id="evt-1") == (
            b'{"people":[{"name":null}],"city":"Ipoh"}',
            ("people.name",),
        )
        assert open_all(data, {KEY.name: KEY}, event_id="evt-1") == (
            b'{"people":[{"name":"Siti"}],"city":"Ipoh"}',
            (),
        )
