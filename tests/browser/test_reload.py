"""What a page asks the server for when it comes again."""

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import ONE_MODE, visiting
from tests.live import Live

pytestmark = [pytest.mark.browser, ONE_MODE]


def test_a_reload_asks_for_no_file_of_the_page(browser: Browser, server: Live) -> None:
    with visiting(browser, server.address) as page:
        page.locator("keys-dialog").wait_for(state="attached")  # the last module has come
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        urls: dict[str, str] = {}
        kept: set[str] = set()
        wire.on("Network.requestWillBeSent", lambda said: urls.update({said["requestId"]: said["request"]["url"]}))
        wire.on("Network.requestServedFromCache", lambda said: kept.add(said["requestId"]))
        wire.on(
            "Network.responseReceived",
            lambda said: kept.add(said["requestId"]) if said["response"]["fromDiskCache"] else None,
        )
        page.reload()
        page.locator("keys-dialog").wait_for(state="attached")
        assert len(urls) > 100
        asked = [url.removeprefix(server.address) for request, url in urls.items() if request not in kept]
        assert [path for path in asked if not path.startswith(("/api/", "/socket.io/", "data:", "blob:"))] == ["/"]
