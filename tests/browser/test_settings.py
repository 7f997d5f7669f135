"""The settings panel: every kind of control, what excludes what, presets, files."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ONE_MODE, send
from tests.live import Live
from tests.made_tracks import silence

pytestmark = [pytest.mark.browser, ONE_MODE]


def last_params(server: Live) -> dict:
    return server.json("GET", "/api/state")["last_run"]["params"]


def test_numbers_switches_and_resets(page: Page) -> None:
    number = page.locator("#field-duration")
    number.fill("12.5")
    number.press("Tab")
    expect(number).to_have_value("12.5")
    slider = page.get_by_label("Duration, slider")
    expect(slider).to_have_value("13")  # it moves in whole seconds; the number is exact
    slider.focus()
    slider.press("End")
    expect(number).to_have_value("600")
    page.get_by_label("Reset Duration").click()
    expect(number).to_have_value("30")
    expect(page.get_by_label("Reset Duration")).to_have_count(0)
    for control in page.get_by_test_id("settings").locator("input:not([type=file]), select").all():
        assert control.evaluate("c => c.labels?.length > 0 || c.hasAttribute('aria-label')"), control
    described = page.locator("#field-duration").get_attribute("aria-describedby")
    expect(page.locator(f"#{described}")).to_contain_text("Length in seconds")


def test_top_k_and_top_p_exclude_each_other(page: Page, server: Live) -> None:
    page.locator("[data-testid=settings-more] > summary").click()
    quiet = page.locator(".field[data-off]")
    expect(quiet).to_contain_text("Top K")
    expect(quiet).to_contain_text("Off: Top P is used")
    page.locator("#field-top_k").fill("40")
    page.locator("#field-top_k").press("Tab")
    expect(page.locator("#field-top_p")).to_have_attribute("placeholder", "Off")
    expect(quiet).to_have_count(0)
    send(page, "tiny duration=1 seed=3")
    expect(page.get_by_test_id("card")).to_contain_text("composer_3_")
    assert (last_params(server)["top_k"], last_params(server)["top_p"]) == (40, 0)
    page.locator("#field-top_p").fill("0.5")
    page.locator("#field-top_p").press("Tab")
    expect(quiet).to_contain_text("Top K")
    page.get_by_label("Top K, slider").press("ArrowLeft")
    expect(page.locator("#field-top_p")).to_have_value("")
    page.locator("#field-top_p").fill("0.5")
    page.locator("#field-top_p").press("Tab")
    send(page, "typed wins top_k=100 duration=1 seed=4")
    expect(page.get_by_test_id("card")).to_contain_text("typed wins")
    assert (last_params(server)["top_k"], last_params(server)["top_p"]) == (100, 0)


def test_a_typed_value_that_the_model_does_not_read_is_answered_with_a_note(page: Page) -> None:
    send(page, "tiny duration=1 seed=6 extend_stride_s=4 mbd=true")
    note = page.get_by_test_id("notice").filter(has_text="model=composer")
    expect(note).to_contain_text("extend_stride_s")
    card = page.get_by_test_id("card")
    expect(card).to_contain_text("tiny")
    expect(card).to_contain_text("Temperature")
    expect(card).not_to_contain_text("Window stride")


def test_an_automatic_seed_stays_automatic(page: Page, server: Live) -> None:
    send(page, "tiny duration=1")
    expect(page.get_by_test_id("card")).to_contain_text("tiny")
    expect(page.get_by_test_id("copy-seed")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Random")).to_be_checked()
    page.get_by_role("button", name="Restore last run").click()
    expect(page.get_by_label("Random")).to_be_checked()
    page.get_by_label("Roll a seed and keep it").click()
    expect(page.get_by_label("Fixed")).to_be_checked()
    assert page.locator("#field-seed").input_value().isdigit()


def test_the_artist_has_a_switch_and_remembers_itself(page: Page, server: Live) -> None:
    field, use = page.locator("#field-artist"), page.get_by_test_id("use-artist")
    expect(field).to_be_disabled()
    use.click()
    field.fill("Анна К")
    field.press("Tab")
    send(page, "tiny harp duration=1 seed=9")
    expect(page.get_by_test_id("message-assistant").filter(has_text="tiny harp")).to_have_count(1)
    assert server.json("GET", "/api/tracks?q=tiny+harp")["tracks"][0]["name"].startswith("Анна-К_composer_9_")
    use.click()
    expect(field).to_be_disabled()
    use.click()
    expect(field).to_have_value("Анна К")


def test_presets_are_saved_applied_renamed_and_shared(page: Page, tmp_path: Path) -> None:
    page.get_by_test_id("presets").locator("summary").click()
    page.locator("#field-duration").fill("77")
    page.locator("#field-duration").press("Tab")
    page.get_by_test_id("preset-name").fill("<i>Long</i>")
    page.get_by_test_id("preset-save").click()
    preset = page.get_by_test_id("preset")
    expect(preset).to_have_text("<i>Long</i>")
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(page.locator("#field-duration")).to_have_value("30")
    preset.get_by_role("button", name="<i>Long</i>", exact=True).click()
    expect(page.locator("#field-duration")).to_have_value("77")
    page.get_by_test_id("preset-rename").click()
    page.locator("#preset-new-name").fill("Longer")
    page.get_by_test_id("preset-renamed").click()
    expect(preset).to_have_text("Longer")
    with page.expect_download() as download:
        page.get_by_test_id("presets-export").click()
    file = tmp_path / "presets.json"
    download.value.save_as(file)
    assert json.loads(file.read_text())["presets"][0]["params"]["duration"] == 77
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_test_id("presets").locator("summary").click()
    other.get_by_test_id("preset-delete").click()
    other.get_by_test_id("confirm-yes").click()
    expect(page.get_by_test_id("preset")).to_have_count(0)  # the other tab's deed
    page.get_by_test_id("presets-import").set_input_files(file)
    expect(preset).to_have_text("Longer")
    file.write_text('{"form": "something else"}')
    page.get_by_test_id("presets-import").set_input_files(file)
    expect(page.get_by_test_id("notice").filter(has_text="not a preset file")).to_be_visible()
    page.reload()
    expect(page.get_by_test_id("preset")).to_have_text("Longer")


def test_an_audio_field_takes_a_file_plays_it_and_sends_it(page: Page, server: Live, tmp_path: Path) -> None:
    page.locator("#command").select_option("debug")
    sound = tmp_path / "мой файл.wav"
    sound.write_bytes(silence(8000 * 5))
    page.get_by_test_id("file-source").set_input_files(sound)
    chosen = page.get_by_test_id("audio-chosen")
    expect(chosen).to_contain_text("мой файл.wav")
    expect(chosen).to_contain_text("0:05")
    chosen.get_by_role("button").click()
    expect(chosen.get_by_role("button")).to_have_accessible_name("Pause мой файл.wav")
    page.get_by_test_id("chip-pin").click()
    page.get_by_test_id("prompt").fill("with a source")
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("card")).to_contain_text("with a source")
    assert last_params(server)["source"].startswith("upload:")
    (tmp_path / "no sound.wav").write_bytes(b"not a sound at all")
    page.get_by_test_id("file-source").set_input_files(tmp_path / "no sound.wav")
    expect(page.get_by_test_id("notice").last).to_be_visible()
    expect(chosen).to_contain_text("мой файл.wav")
    server.request("DELETE", f"/api/uploads/{last_params(server)['source'].removeprefix('upload:')}")
    page.reload()
    expect(page.get_by_test_id("audio-source")).to_contain_text("no longer exists")
