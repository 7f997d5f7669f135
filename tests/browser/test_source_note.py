"""A file that is cut is told of at once, in the field that holds it, and on the card of what was made from it."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ONE_MODE, send
from tests.web.test_source_note import CASES

pytestmark = pytest.mark.browser


@ONE_MODE
def test_a_cut_file_is_told_of_at_once_and_on_the_card(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "cut.flac"
    file.write_bytes(CASES["cut.flac"][0])
    page.locator("#command").select_option("upscale")
    page.get_by_test_id("file-source").set_input_files(file)
    said = "“cut.flac”: ends 1."
    expect(page.get_by_test_id("notice")).to_contain_text(said)
    expect(page.get_by_test_id("audio-source").get_by_test_id("source-note")).to_contain_text(said)
    send(page, "/upscale")
    expect(page.get_by_test_id("card").get_by_test_id("source-note")).to_contain_text(said, timeout=60_000)
