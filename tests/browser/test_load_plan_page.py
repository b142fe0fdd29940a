"""The page of a load plan as somebody in the warehouse uses it: turn, step, point at a box."""

from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from services.logistics.domain.packing.pictures.page import page_of
from services.logistics.domain.packing.plan import Placement
from tests.unit.logistics.packing.build import a_plan, a_request, an_item

REQUEST = a_request(
    an_item("floor", length_mm=100, width_mm=50, height_mm=20),
    an_item("above", length_mm=100, width_mm=50, height_mm=20),
    an_item("left behind"),
)
PLAN = a_plan(
    REQUEST,
    Placement("floor", 0, 0, 0, 100, 50, 20),
    Placement("above", 0, 0, 20, 100, 50, 20),
)


@pytest.fixture
def page(chromium: Chrome, tmp_path: Path) -> Chrome:
    file = tmp_path / "plan.html"
    file.write_text(page_of(PLAN, REQUEST), encoding="utf-8")
    chromium.get(file.as_uri())
    return chromium


def text(page: Chrome, ident: str) -> str:
    element = page.find_element(By.ID, ident)
    return str(element.get_property("value") or element.text)


def severe(page: Any) -> list[Any]:
    """Return what the browser complained of."""
    return [line for line in page.get_log("browser") if line["level"] == "SEVERE"]


def turned(page: Chrome) -> float:
    return float(page.find_element(By.ID, "view").get_attribute("data-turn") or "nan")


def point_at_the_middle(page: Chrome, *, lower: int = 0) -> str:
    """Move the mouse over the middle of the picture; return what the page says is there."""
    view = page.find_element(By.ID, "view")
    ActionChains(page).move_to_element_with_offset(view, 0, lower).perform()
    return page.find_element(By.ID, "tip").text


class TestLoadPlanPage:
    def test_shows_the_whole_plan_and_what_was_left_out(self, page: Chrome) -> None:
        assert text(page, "facts") == "2 boxes, 100 % filled; left out: 1 × left behind"
        assert text(page, "said") == "2 of 2: above"
        assert severe(page) == []

    def test_steps_through_the_loading_order(self, page: Chrome) -> None:
        page.find_element(By.ID, "back").click()
        assert text(page, "said") == "1 of 2: floor"

        page.find_element(By.ID, "back").click()
        page.find_element(By.ID, "back").click()
        assert text(page, "said") == "0 of 2"

        page.find_element(By.ID, "next").click()
        assert text(page, "said") == "1 of 2: floor"

    def test_names_the_box_under_the_pointer(self, page: Chrome) -> None:
        assert point_at_the_middle(page).startswith("2: above, 100 × 50 × 20 mm at 0, 0, 20")

        page.find_element(By.ID, "back").click()

        assert point_at_the_middle(page, lower=1).startswith("1: floor,")

    def test_turns_when_dragged_and_by_the_keyboard(self, page: Chrome) -> None:
        view, before = page.find_element(By.ID, "view"), turned(page)

        ActionChains(page).drag_and_drop_by_offset(view, 150, 0).perform()

        assert turned(page) == pytest.approx(before + 1, abs=0.02)
        view.send_keys(Keys.ARROW_LEFT)
        assert turned(page) == pytest.approx(before + 0.9, abs=0.02)

    def test_paints_boxes_on_the_canvas(self, page: Chrome) -> None:
        colours = page.execute_script(
            "const d = pen.getImageData(0, 0, view.width, view.height).data, seen = new Set();"
            "for (let i = 0; i < d.length; i += 4) if (d[i + 3]) seen.add(d[i] + ',' + d[i + 1]);"
            "return seen.size"
        )

        assert colours > 3
