"""A hub's identity: founded once, changed by its root alone, trusted by its fingerprint."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.identity import AnchorChanged, Identity, RootAway, fingerprint
from services.exchange.domain.keys import SigningKey
from services.exchange.domain.pairing import PairingKey
from services.exchange.domain.peer import AnchorsMalformed, Peer, read_anchors
from shared.kernel.errors import Conflict, NotFound

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)


def founded(folder: Path, hub: str) -> Identity:
    identity = Identity.in_folder(hub, folder / hub)
    identity.found(now=NOW)
    return identity


@pytest.fixture
def my(tmp_path: Path) -> Identity:
    return founded(tmp_path, "my-kul")


@pytest.fixture
def cn(tmp_path: Path) -> Identity:
    return founded(tmp_path, "cn-hgh")


def peer_of(identity: Identity, hub: str) -> Peer:
    pairing = PairingKey.from_pem(identity.pairing.read_bytes())
    return read_anchors(identity.anchors.read_bytes(), hub=identity.hub, pairing=pairing)[hub]


class TestFounding:
    def test_keeps_what_exists(self, my: Identity) -> None:
        before = my.signing.read_bytes(), my.document.read_bytes()
        my.found(now=NOW + timedelta(days=1))
        assert (my.signing.read_bytes(), my.document.read_bytes()) == before

    def test_nobody_else_may_read_a_key(self, my: Identity) -> None:
        for file in (my.root, my.signing, my.pairing):
            assert file.stat().st_mode & 0o077 == 0


class TestKeys:
    def test_rotation_leaves_the_key_before_good_for_a_week(self, my: Identity) -> None:
        old = SigningKey.from_pem(my.signing.read_bytes()).kid
        document = my.rotate(now=NOW)
        new = SigningKey.from_pem(my.signing.read_bytes()).kid
        ring = {key.kid: key for key in document.ring_keys()}
        assert (document.version, set(ring)) == (2, {old, new})
        assert ring[old].covers(NOW + timedelta(days=6))
        assert not ring[old].covers(NOW + timedelta(days=8))
        assert ring[new].covers(NOW + timedelta(days=89))

    def test_a_key_past_its_end_is_named_no_more(self, my: Identity) -> None:
        my.rotate(now=NOW)
        assert len(my.rotate(now=NOW + timedelta(days=8)).keys) == 2

    def test_revoking_the_key_in_use_makes_another_first(self, my: Identity) -> None:
        stolen = SigningKey.from_pem(my.signing.read_bytes()).kid
        document = my.revoke(stolen, now=NOW)
        assert [key.kid for key in document.keys if key.revoked] == [stolen]
        assert SigningKey.from_pem(my.signing.read_bytes()).kid != stolen

    def test_a_key_nobody_knows_can_not_be_revoked(self, my: Identity) -> None:
        with pytest.raises(NotFound):
            my.revoke("x" * 43, now=NOW)

    def test_nothing_changes_while_the_root_is_away(self, my: Identity) -> None:
        my.root.unlink()
        before = my.signing.read_bytes()
        with pytest.raises(RootAway):
            my.rotate(now=NOW)
        assert my.signing.read_bytes() == before

    def test_an_epoch_only_goes_up(self, my: Identity) -> None:
        assert my.announce_epoch(1, now=NOW).epoch == 1
        with pytest.raises(Conflict):
            my.announce_epoch(1, now=NOW)


class TestTrust:
    def test_both_hubs_compute_the_same_secret(self, my: Identity, cn: Identity) -> None:
        my.trust(cn.anchor("http://cn/exchange"))
        cn.trust(my.anchor("http://my/exchange"))
        secret = peer_of(my, "cn-hgh").pair_key
        assert secret == peer_of(cn, "my-kul").pair_key
        assert len(secret) == 32

    def test_every_pair_has_another_secret(
        self, tmp_path: Path, my: Identity, cn: Identity
    ) -> None:
        my.trust(cn.anchor("http://cn/exchange"))
        my.trust(founded(tmp_path, "sg-sin").anchor("http://sg/exchange"))
        assert peer_of(my, "cn-hgh").pair_key != peer_of(my, "sg-sin").pair_key

    def test_a_changed_anchor_is_refused_unless_trusted_again(
        self, tmp_path: Path, my: Identity, cn: Identity
    ) -> None:
        my.trust(cn.anchor("http://cn/exchange"))
        forged = founded(tmp_path / "forger", "cn-hgh").anchor("http://evil/exchange")
        with pytest.raises(AnchorChanged):
            my.trust(forged)
        assert peer_of(my, "cn-hgh").url == "http://cn/exchange"
        my.trust(forged, again=True)
        assert peer_of(my, "cn-hgh").url == "http://evil/exchange"

    def test_an_address_may_change_under_the_same_keys(self, my: Identity, cn: Identity) -> None:
        my.trust(cn.anchor("http://cn/exchange"))
        my.trust(cn.anchor("http://cn-new/exchange"))
        assert peer_of(my, "cn-hgh").url == "http://cn-new/exchange"

    @pytest.mark.parametrize("missing", ["root", "pairing", "url"])
    def test_half_an_anchor_is_refused_and_nothing_kept(
        self, my: Identity, cn: Identity, missing: str
    ) -> None:
        anchor = cn.anchor("http://cn/exchange")
        del anchor[missing]
        before = my.anchors.read_bytes()
        with pytest.raises(AnchorsMalformed):
            my.trust(anchor)
        assert my.anchors.read_bytes() == before

    def test_a_hub_does_not_trust_itself(self, my: Identity) -> None:
        with pytest.raises(Conflict):
            my.trust(my.anchor("http://my/exchange"))

    def test_the_fingerprint_covers_name_root_and_pairing_key(self, my: Identity) -> None:
        anchor = my.anchor("http://my/exchange")
        others = [
            {**anchor, "hub": "my-pen"},
            {**anchor, "root": {**anchor["root"], "x": "other"}},
            {**anchor, "pairing": "other"},
        ]
        prints = {fingerprint(each) for each in [anchor, *others]}
        assert len(prints) == 4


class TestCommands:
    def run(self, *words: object, ok: bool = True) -> str:
        result = CliRunner().invoke(app, ["hub", *map(str, words)])
        assert (result.exit_code == 0) is ok, result.output
        return result.stdout

    def test_two_hubs_found_each_other_by_anchor_files(self, tmp_path: Path) -> None:
        for hub in ("my-kul", "my-pen"):
            self.run("init", hub, "--folder", tmp_path)
        anchor = tmp_path / "my-pen.anchor.json"
        anchor.write_text(self.run("anchor", "export", tmp_path / "my-pen"))
        self.run("anchor", "trust", tmp_path / "my-kul", anchor, "--yes")
        plan = json.loads((tmp_path / "my-kul" / "hub.json").read_text())
        assert list(plan["peers"]) == ["my-pen"]

    def test_keys_are_good_for_the_days_that_are_named(self, tmp_path: Path) -> None:
        self.run("init", "my-pen", "--folder", tmp_path, "--days", 90)
        [key] = Identity.in_folder("my-pen", tmp_path / "my-pen").read().keys
        left = datetime.fromtimestamp(key.exp, UTC) - datetime.now(UTC)
        assert timedelta(days=89) < left <= timedelta(days=90)

    def test_refusals_say_why_and_change_nothing(self, tmp_path: Path) -> None:
        self.run("init", "Singapore", "--folder", tmp_path, ok=False)
        self.run("init", "sg-sin", "--folder", tmp_path, ok=False)  # no pack of SG is installed
        assert list(tmp_path.iterdir()) == []
        self.run("init", "my-pen", "--folder", tmp_path)
        self.run("init", "my-pen", "--folder", tmp_path, ok=False)
        no_anchor = tmp_path / "nonsense.json"
        no_anchor.write_text("[]")
        self.run("anchor", "trust", tmp_path / "my-pen", no_anchor, "--yes", ok=False)

    def test_keys_are_shown_rotated_and_revoked(self, tmp_path: Path) -> None:
        self.run("init", "my-pen", "--folder", tmp_path)
        hub = tmp_path / "my-pen"
        first = Identity.in_folder("my-pen", hub).read().keys[0].kid
        self.run("keys", "rotate", hub)
        self.run("keys", "revoke", hub, first)
        assert "revoked" in self.run("keys", "show", hub)
        self.run("keys", "revoke", hub, "x" * 43, ok=False)

    def test_a_key_whose_name_begins_with_a_dash_is_no_option(self, tmp_path: Path) -> None:
        self.run("init", "my-pen", "--folder", tmp_path)
        hub = tmp_path / "my-pen"
        identity = Identity.in_folder("my-pen", hub)
        while not identity.read().keys[-1].kid.startswith("-"):
            identity.rotate(now=datetime.now(UTC), overlap=timedelta(0))
        self.run("keys", "revoke", hub, identity.read().keys[-1].kid, "--days", 9)
        assert "revoked" in self.run("keys", "show", hub)
