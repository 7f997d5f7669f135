"""What was found goes into the file itself: looked at, chosen, written, saved with it, and taken back."""

import io
from pathlib import Path
from typing import Any

import pytest
from mutagen.flac import FLAC
from mutagen.mp3 import MP3
from playwright.sync_api import Locator, Page, expect

from engine.audio.tags import replace_values
from tests.browser.conftest import ONE_MODE, send, soon
from tests.live import Live

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), ONE_MODE]

TAGS = [{"name": name, "category": kind, "score": 0.4, "source": "musicnn"}
        for kind, name in (("genre", "hip-hop"), ("genre", "jazz"), ("mood", "calm"))]  # fmt: skip
FACTS = {"tempo": {"bpm": 120}, "key": {"name": "A minor"}, "tags": TAGS}


def opened(page: Page, server: Live, kind: str, name: str, **said: list[str]) -> dict[str, Any]:
    """The card of a new track of which something is known, and whose file says this already."""
    send(page, f"/debug {name} duration=0.5 format={kind}")
    (row,) = soon(page, lambda: server.json("GET", f"/api/tracks?q={name}")["tracks"])
    track = server.json("GET", f"/api/tracks/{row['id']}")
    replace_values(server.settings.audio_dir / track["file"], said)
    server.json("POST", f"/api/tracks/{track['id']}/annotations", FACTS)
    page.reload()
    page.get_by_test_id("track-link").filter(has_text=name).click()
    expect(page.get_by_test_id("card")).to_have_attribute("data-track-id", track["id"])
    return dict(track)


def line(page: Page, field: str) -> Locator:
    return page.locator(f'[data-testid="file-tag"][data-field="{field}"]')


def downloaded(page: Page, track: dict[str, Any]) -> bytes:
    return page.request.get(f"{page.url.rstrip('/')}{track['download_url']}").body()


def test_a_corrected_tempo_goes_into_the_file_that_is_saved_and_out_again(page: Page, server: Live) -> None:
    track = opened(page, server, "mp3", "tags-one", genre=["Polka"], bpm=["90"])
    before = downloaded(page, track)
    page.get_by_test_id("tempo").click()
    page.get_by_test_id("tempo-input").fill("97.5")
    page.get_by_test_id("tempo-input").press("Enter")
    expect(page.get_by_test_id("tempo")).to_contain_text("97.5")
    expect(page.get_by_test_id("tempo")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_test_id("tempo-input").press("Escape")
    expect(page.get_by_test_id("tempo")).to_be_focused()

    page.get_by_test_id("file-tags").click()
    expect(line(page, "genre")).to_contain_text("stays as it is")
    expect(line(page, "key").locator("ins")).to_have_text("Am")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("file-tags-merge")).to_be_checked()
    expect(line(page, "genre").locator("ins")).to_have_text(["Hip-Hop", "Jazz"])
    expect(line(page, "tempo").locator("del")).to_have_text("90")
    expect(line(page, "tempo").locator("ins")).to_have_text(["98", "97.5"])
    line(page, "mood").get_by_role("checkbox").uncheck()
    page.get_by_test_id("file-tags-key-form").select_option("camelot")
    expect(line(page, "key").locator("ins")).to_have_text("8A")
    expect(line(page, "mood").get_by_role("checkbox")).not_to_be_checked()
    assert downloaded(page, track) == before, "nothing is written before it is asked for"

    page.get_by_test_id("file-tags-write").click()
    expect(page.get_by_test_id("notice")).to_contain_text("Written into the file: Tempo, Key, Genre.")
    expect(page.get_by_test_id("file-tags-dialog")).to_be_hidden()
    saved = MP3(io.BytesIO(downloaded(page, track))).tags
    assert {place: list(saved[place].text) for place in ("TBPM", "TXXX:fBPM", "TKEY", "TCON")} == {
        "TBPM": ["98"], "TXXX:fBPM": ["97.5"], "TKEY": ["8A"], "TCON": ["Polka", "Hip-Hop", "Jazz"],
    }  # fmt: skip
    assert "TMOO" not in saved

    page.get_by_test_id("notice-action").click()
    expect(page.get_by_test_id("notice")).to_contain_text("The file's tags are as they were.")
    expect(page.get_by_test_id("file-tags-undo")).to_have_count(0)
    back = MP3(io.BytesIO(downloaded(page, track))).tags
    assert back == MP3(io.BytesIO(before)).tags
    assert back["TBPM"] == ["90"] and back["TCON"] == ["Polka"]


def test_a_file_that_changed_meanwhile_is_looked_at_again(page: Page, server: Live, tmp_path: Path) -> None:
    track = opened(page, server, "flac", "tags-two")
    path = server.settings.audio_dir / track["file"]
    page.get_by_test_id("file-tags").click()
    expect(line(page, "key").locator("ins")).to_have_text("Am")
    replace_values(path, {"key": ["Em"]})
    page.get_by_test_id("file-tags-write").click()
    expect(page.get_by_test_id("file-tags-error")).to_contain_text("has changed since the preview")
    expect(line(page, "key")).to_contain_text("Em")
    page.get_by_test_id("file-tags-write").click()
    expect(page.get_by_test_id("file-tags-dialog")).to_be_hidden()
    assert FLAC(path)["INITIALKEY"] == ["Em"] and FLAC(path)["GENRE"] == ["Hip-Hop", "Jazz"]
    page.get_by_test_id("file-tags").click()
    expect(page.get_by_test_id("file-tags-status")).to_have_text("The file says all of this already.")
    expect(page.get_by_test_id("file-tags-write")).to_be_disabled()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("notice-action")).to_be_visible()
    page.get_by_test_id("file-tags-undo").press("Enter")
    expect(page.get_by_test_id("file-tags-undo")).to_have_count(0)
    expect(page.get_by_test_id("file-tags")).to_be_focused()
    expect(page.get_by_test_id("notice-action")).to_have_count(0)
    assert FLAC(path)["INITIALKEY"] == ["Em"] and "GENRE" not in FLAC(path)
    chips = page.get_by_test_id("tag").get_by_role("button")
    for left in (2, 1):
        chips.last.press("Enter")
        expect(chips).to_have_count(left)
        expect(chips.last).to_be_focused()
    chips.last.press("Enter")
    expect(page.get_by_test_id("undo-correction")).to_be_focused()


def test_on_a_phone_all_of_it_fits(page: Page, server: Live) -> None:
    opened(page, server, "ogg", "tags-three", genre=["Ein sehr langer Name einer Gattung " * 3])
    page.set_viewport_size({"width": 390, "height": 780})
    page.get_by_test_id("send-to").click()
    choose = page.get_by_test_id("choose")
    expect(choose.get_by_role("heading")).to_be_in_viewport(ratio=1)
    expect(choose.get_by_test_id("choose-0")).to_be_in_viewport()
    expect(choose.get_by_role("button", name="Cancel")).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    page.get_by_test_id("file-tags").click()
    expect(line(page, "genre")).to_be_visible()  # the dialog grows when it knows what the file says
    page.get_by_test_id("file-tags-overwrite").locator("xpath=..").click()
    expect(page.get_by_test_id("file-tags-overwrite")).to_be_checked()
    expect(line(page, "genre").locator("ins")).to_have_text(["Hip-Hop", "Jazz"])
    dialog = page.get_by_test_id("file-tags-dialog")
    assert dialog.evaluate("each => each.scrollWidth <= each.clientWidth")
    page.get_by_test_id("file-tags-write").click()
    expect(dialog).to_be_hidden()
