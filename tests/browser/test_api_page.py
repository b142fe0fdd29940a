"""A service's API page on a telephone: nothing to scroll sideways for, nothing to complain of."""

from pathlib import Path

from selenium.webdriver import Chrome

from deploy.contracts.openapi import openapi_documents
from shared.web.api_page import api_page

TELEPHONE = {"width": 375, "height": 700, "deviceScaleFactor": 1, "mobile": True}


class TestOnATelephone:
    def test_every_page_is_as_wide_as_the_screen(self, chromium: Chrome, tmp_path: Path) -> None:
        chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", TELEPHONE)
        try:
            for service, document in openapi_documents().items():
                file = tmp_path / f"{service}.html"
                file.write_text(api_page(document), encoding="utf-8")
                chromium.get(file.as_uri())
                chromium.execute_script(
                    "document.querySelectorAll('details').forEach(one => { one.open = true })"
                )

                width = chromium.execute_script("return document.documentElement.scrollWidth")
                assert (service, width) == (service, TELEPHONE["width"])
                assert chromium.get_log("browser") == []  # type: ignore[no-untyped-call]
        finally:
            chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
