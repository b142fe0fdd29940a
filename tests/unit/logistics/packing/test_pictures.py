"""Pictures show every box once, whatever its name, and need nothing from elsewhere."""

import json
import re

import pypdfium2
from lxml import etree

from services.logistics.domain.packing.pictures.layers import layers_of
from services.logistics.domain.packing.pictures.page import page_of
from services.logistics.domain.packing.pictures.pdf import pdf_of
from services.logistics.domain.packing.pictures.svg import layer_svgs, svg_of
from services.logistics.domain.packing.plan import Placement
from tests.unit.logistics.packing.build import a_plan, a_request, an_item

EVIL = "</script><b>&\"'"
REQUEST = a_request(an_item(quantity=2), an_item(EVIL), an_item("far", quantity=2))
PLAN = a_plan(
    REQUEST,
    Placement("a", 0, 0, 0, 20, 10, 10),
    Placement("a", 0, 0, 10, 20, 10, 10),
    Placement(EVIL, 20, 0, 0, 10, 10, 20),
)


class TestLayers:
    def test_put_every_box_into_one_layer_in_loading_order(self) -> None:
        floor, upper = layers_of(PLAN)

        assert [step for step, _ in floor.boxes] == [1, 3]
        assert [step for step, _ in upper.boxes] == [2]

    def test_show_what_reaches_through(self) -> None:
        _, upper = layers_of(PLAN)

        assert [at.sku for at in upper.through] == [EVIL]


class TestSvg:
    def test_is_well_formed_and_names_every_step(self) -> None:
        root = etree.fromstring(svg_of(PLAN, REQUEST).encode())

        titles = [title.text for title in root.iter("{*}title")]
        assert [title.split(":")[0] for title in titles if title] == ["1", "3", "2"]
        assert any(EVIL in (title or "") for title in titles)

    def test_comes_per_layer_too(self) -> None:
        sheets = layer_svgs(PLAN, REQUEST)

        assert len(sheets) == 2
        assert all(etree.fromstring(sheet.encode()) is not None for sheet in sheets)


class TestPdf:
    def test_has_a_summary_and_a_page_per_layer(self) -> None:
        document = pypdfium2.PdfDocument(pdf_of(PLAN, REQUEST))
        text = document[0].get_textpage().get_text_range()
        pages = len(document)
        document.close()

        assert pages == 3
        assert "3 boxes" in text
        assert "2 left out" in text


class TestPage:
    def test_carries_the_plan_and_nothing_from_elsewhere(self) -> None:
        page = page_of(PLAN, REQUEST)

        found = re.search(r"const plan = (\{.*\});\n", page)
        assert found is not None
        told = json.loads(found[1])
        assert len(told["boxes"]) == 3
        assert told["left"] == {"far": 2}
        assert not re.search(r"https?://|src=|@import", page)

    def test_can_not_be_broken_by_a_name(self) -> None:
        page = page_of(PLAN, REQUEST)

        assert page.count("</script>") == 1
