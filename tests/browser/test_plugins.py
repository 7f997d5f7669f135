"""A command of another package on the page: offered in the user's language, run, and a broken one reported."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import visiting
from tests.live import live
from tests.test_plugins import PLUGIN, write_broken_plugins

pytestmark = pytest.mark.browser


def test_a_plugin_is_a_command_of_the_page(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_broken_plugins(tmp_path / "site", {"absent": "audiocraft_not_there:COMMAND"})
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(PLUGIN), str(tmp_path / "site")]))
    with live(tmp_path / "page", "--language", "ru") as server, visiting(browser, server.address) as page:
        expect(page.get_by_test_id("notice").filter(has_text="audiocraft-broken")).to_have_count(1)
        expect(page.get_by_test_id("tile-tone")).to_contain_text("Создать чистый тон.")
        expect(page.get_by_test_id("tile-split")).to_contain_text("Бросьте сюда песню")
        expect(page.get_by_test_id("tile-debug")).to_have_count(0)
        expect(page.get_by_test_id("piece")).to_have_count(6)
        expect(page.get_by_test_id("piece").first).to_contain_text("балалайка")
        box = page.get_by_test_id("prompt")
        box.press_sequentially("/tone ")
        box.press_sequentially("freq")
        expect(page.get_by_test_id("palette-item").first).to_contain_text("Частота")
        box.press("Escape")
        box.fill("/tone a name frequency_hz=1000")
        box.press("Enter")
        expect(page.get_by_test_id("message-assistant").filter(has_text="a name")).to_have_count(1)
