"""The vault: what it seals opens with its key, at its place, and nowhere else."""

import base64

import pytest

from services.orders.store.vault import SecretUnreadable, Vault

ONE, TWO = bytes(range(32)), bytes(range(1, 33))
SECRET = "whsec_c2VjcmV0"


class TestVault:
    def test_opens_what_it_sealed(self) -> None:
        vault = Vault([ONE])
        sealed = vault.seal(SECRET, place="a/secret")

        assert "c2VjcmV0" not in sealed
        assert vault.open(sealed, place="a/secret") == SECRET
        assert vault.seal(SECRET, place="a/secret") != sealed

    def test_opens_it_at_no_other_place(self) -> None:
        vault = Vault([ONE])
        sealed = vault.seal(SECRET, place="a/secret")

        with pytest.raises(SecretUnreadable):
            vault.open(sealed, place="b/secret")

    def test_refuses_what_was_altered(self) -> None:
        vault = Vault([ONE])
        sealed = vault.seal(SECRET, place="a/secret")
        raw = bytearray(base64.b64decode(sealed.removeprefix("sealed:")))
        raw[-1] ^= 1

        with pytest.raises(SecretUnreadable):
            vault.open("sealed:" + base64.b64encode(raw).decode(), place="a/secret")

    def test_goes_from_one_key_to_the_next(self) -> None:
        sealed = Vault([ONE]).seal(SECRET, place="a")
        turning = Vault([TWO, ONE])

        assert turning.open(sealed, place="a") == SECRET
        assert not turning.is_current(sealed)
        anew = turning.seal(turning.open(sealed, place="a"), place="a")
        assert turning.is_current(anew)
        assert Vault([TWO]).open(anew, place="a") == SECRET
        with pytest.raises(SecretUnreadable):
            Vault([TWO]).open(sealed, place="a")

    def test_keeps_text_as_it_is_without_keys(self) -> None:
        assert Vault().seal(SECRET, place="a") == SECRET
        assert Vault([ONE]).open(SECRET, place="a") == SECRET
        assert not Vault([ONE]).is_current(SECRET)
        assert Vault([ONE]).seal("", place="a") == ""

    def test_reads_keys_from_lines(self) -> None:
        lines = "\n".join(base64.b64encode(key).decode() for key in (TWO, ONE))

        assert (
            Vault.from_text(lines).open(Vault([ONE]).seal(SECRET, place="a"), place="a") == SECRET
        )
        assert not Vault.from_text("").has_keys

    @pytest.mark.parametrize("text", ["AAAA", "not base64", "é"])
    def test_refuses_what_is_no_key(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"vault key|ASCII"):
            Vault.from_text(text)
