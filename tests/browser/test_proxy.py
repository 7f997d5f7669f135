"""The page below a prefix, behind nginx with TLS: nothing of it asks for anything outside, and all of it works."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.conftest import visiting
from tests.live import live
from tests.proxies import FLAGS, PREFIX, nginx


def test_the_page_works_below_its_prefix(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "nginx").mkdir()
    with live(tmp_path, *FLAGS) as server, nginx(tmp_path / "nginx", server.port) as proxy:
        job = server.finished(server.ask(prompt="below", steps=1))
        address = f"https://localhost:{proxy.port}{PREFIX}/"
        with visiting(browser, address, ignore_https_errors=True) as page:
            asked: list[str] = []
            page.on("request", lambda request: asked.append(request.url))
            page.get_by_test_id("open-library").click()
            expect(page.get_by_test_id("library-track")).to_have_count(1)
            page.reload()
            page.locator("#command").wait_for(state="attached")
            assert len(job["track_ids"]) == 1 and len(asked) > 50
            outside = [url for url in asked if not url.startswith((address, f"wss{address[5:]}", "blob:", "data:"))]
            assert outside == []
