"""How scripts come to the page: dropped, chosen, or as a long text that is pasted."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import visiting
from tests.live import Live

pytestmark = pytest.mark.browser

STORY = "It was late. “Who is there?” asked Anna. “Only the wind,” said Boris. Thunder rolled over the house."


@pytest.mark.parametrize("way", ["dropped", "chosen", "pasted"])
def test_a_script_comes_to_drama_by_drop_by_choice_and_as_a_long_text_that_is_pasted(
    browser: Browser, own_server: Live, tmp_path: Path, way: str
) -> None:
    with visiting(browser, own_server.address) as page:
        if way == "dropped":
            page.evaluate(
                """text => { const files = new DataTransfer();
                    files.items.add(new File([text], 'Буря.txt', {type: 'text/plain'}));
                    const how = {dataTransfer: files, bubbles: true, cancelable: true};
                    window.dispatchEvent(new DragEvent('drop', how)) }""",
                STORY,
            )
        elif way == "chosen":
            page.locator("#command").select_option("drama")
            file = tmp_path / "Буря.txt"
            file.write_text(STORY, encoding="utf-8")
            page.get_by_test_id("file-script").set_input_files(file)
        else:
            page.locator("#command").select_option("drama")
            page.get_by_test_id("prompt").evaluate(
                """(box, text) => { const data = new DataTransfer(); data.setData('text/plain', text);
                    const how = {clipboardData: data, bubbles: true, cancelable: true};
                    box.dispatchEvent(new ClipboardEvent('paste', how)) }""",
                "Буря\n" + STORY * 200,
            )
        expect(page.locator("#command")).to_have_value("drama")
        expect(page.get_by_test_id("chip-script")).to_contain_text("Буря")
        expect(page.get_by_test_id("script-about")).to_contain_text("English")
        expect(page.get_by_test_id("prompt")).to_have_value("")
        expect(page.get_by_test_id("send")).to_be_enabled()
        page.locator("#command").select_option("upscale")
        expect(page.get_by_test_id("audio-source").locator("option", has_text="Буря")).to_have_count(0)
        page.locator("#command").select_option("drama")
        page.get_by_test_id("chip-script").get_by_test_id("chip-remove").click()
        expect(page.get_by_test_id("chip-script")).to_have_count(0)
        page.get_by_test_id("prompt").fill("Anna: Hello.\nBoris: Good evening.")
        expect(page.get_by_test_id("send")).to_be_enabled()
