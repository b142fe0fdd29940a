"""`eroad permit verify`, as somebody at a gate runs it: a file, the public keys, no network."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from services.permits.domain.document import permit_claims, sign_permit
from services.permits.domain.signing import DocumentKey
from services.permits.store.permit_sheet import permit_sheet
from tests.builders.permits import NOON, a_licence
from tests.builders.tokens import new_key_pem

RUN = CliRunner()
KEY = DocumentKey.from_pem(new_key_pem())
DOCUMENT = sign_permit(KEY, a_licence(), hub="my-kul")
TITLES = {"en": "Health certificate", "ms": "Sijil kesihatan", "zh-Hans": "卫生证书"}


def verified(tmp_path: Path, document: str, *options: str) -> tuple[int, dict[str, Any]]:
    file, issuers = tmp_path / "permit.jws", tmp_path / "issuers.json"
    file.write_text(document + "\n")
    issuers.write_text(json.dumps({"issuers": [{"hub": "my-kul", "keys": [dict(KEY.public_jwk)]}]}))
    at = (NOON + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S")
    asked = ["permit", "verify", str(file), "--issuers", str(issuers), "--at", at, "--json"]
    result = RUN.invoke(app, [*asked, *options])
    return result.exit_code, json.loads(result.stdout)


class TestVerify:
    def test_lists_every_check_of_a_good_permit(self, tmp_path: Path) -> None:
        code, said = verified(tmp_path, DOCUMENT)

        assert (code, said["is_good"], len(said["checks"])) == (0, True, 10)
        assert set(said["checks"].values()) == {"passed"}
        assert said["permit"]["permit_no"] == "MOH-2026-1"

    @pytest.mark.parametrize(
        ("document", "options", "failed"),
        [
            (DOCUMENT[:-4] + "AAAA", [], "signature"),
            (sign_permit(KEY, a_licence(), hub="cn-hgh"), [], "issuer"),
            (DOCUMENT, ["--at", "2027-09-01T00:00:00"], "not-expired"),
            (DOCUMENT, ["--stopped", a_licence().id], "not-stopped"),
            ("nonsense", [], "form"),
        ],
    )
    def test_names_the_check_that_fails_and_those_not_reached(
        self, tmp_path: Path, document: str, options: list[str], failed: str
    ) -> None:
        code, said = verified(tmp_path, document, *options)

        names = list(said["checks"])
        assert (code, said["checks"][failed]) == (1, "failed")
        after = names[names.index(failed) + 1 :]
        assert {said["checks"][name] for name in after} <= {"not reached"}
        assert said["permit"] is None


class TestPaper:
    def test_holds_the_whole_document_in_its_code(self, tmp_path: Path) -> None:
        pypdfium2 = pytest.importorskip("pypdfium2")
        zxingcpp = pytest.importorskip("zxingcpp")

        page = permit_sheet(permit_claims(DOCUMENT), DOCUMENT, titles=TITLES)

        with pypdfium2.PdfDocument(page) as pdf:
            text = pdf[0].get_textpage().get_text_range()
            image = pdf[0].render(scale=3, grayscale=True).to_numpy().copy()
        [code] = zxingcpp.read_barcodes(image)
        assert code.text == DOCUMENT
        assert verified(tmp_path, code.text)[0] == 0
        for words in ("MOH-2026-1", "Sijil kesihatan", "卫生证书", "210112"):
            assert words in text

    def test_is_the_same_page_every_time(self) -> None:
        pages = [permit_sheet(permit_claims(DOCUMENT), DOCUMENT, titles=TITLES) for _ in range(2)]

        assert pages[0] == pages[1]
