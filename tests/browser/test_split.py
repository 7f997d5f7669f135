"""A newcomer's way: a file of one's own is taken apart, a stem is heard alone, what is heard is exported."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page, expect

from tests.audio.sounds import noise
from tests.browser.conftest import ARTEFACTS
from tests.live import Live, live
from tests.split.made_sources import written
from tests.split.test_demucs import placed

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

RATE_HZ = 44_100


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Its models folder holds a small htdemucs with random weights, in the true format."""
    folder = tmp_path_factory.mktemp("split")
    placed(folder, "htdemucs")
    with live(folder) as running:
        yield running


def test_a_file_is_split_a_stem_soloed_and_the_mix_exported(page: Page, server: Live, tmp_path: Path) -> None:
    mix = noise(2, 6 * RATE_HZ) * 0.3
    page.locator("#command").select_option("split")
    page.get_by_test_id("file-source").set_input_files(written(tmp_path / "моя песня.wav", mix))
    expect(page.get_by_test_id("audio-chosen")).to_contain_text("моя песня.wav")
    page.get_by_test_id("stems-drums").check(force=True)
    page.get_by_test_id("stems-vocals").check(force=True)
    expect(page.get_by_test_id("stems-all")).not_to_be_checked()
    page.get_by_test_id("stems-drums").uncheck(force=True)
    page.get_by_test_id("stems-all").check(force=True)
    expect(page.get_by_test_id("stems-vocals")).not_to_be_checked()
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("card")).to_be_visible(timeout=120_000)
    expect(page.get_by_test_id("lane")).to_have_count(4)
    expect(page.locator(".card-prompt")).to_have_text("моя песня")
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / "split.png")
    split = server.json("GET", "/api/tracks?limit=1&command=split")["tracks"][0]
    record = server.json("GET", f"/api/tracks/{split['id']}")
    folder = server.settings.output / "stems" / record["name"]
    stems = {s["name"]: soundfile.read(folder / s["file"], dtype="float64")[0].T for s in record["stems"]}
    assert {stem.shape for stem in stems.values()} == {(2, 6 * RATE_HZ)}

    def lane(stem: str, control: str) -> object:
        return page.locator(f"[data-testid=lane][data-stem={stem}]").get_by_test_id(control)

    lane("bass", "stem-solo").click()  # type: ignore[attr-defined]
    lane("vocals", "stem-solo").click()  # type: ignore[attr-defined]
    lane("bass", "stem-gain").fill("0.5")  # type: ignore[attr-defined]
    lane("vocals", "stem-gain").fill("1.6")  # type: ignore[attr-defined]
    page.get_by_test_id("mix-format").select_option(label="WAV 32 bit float")
    page.get_by_test_id("mix-export").click()
    expect(page.get_by_test_id("track-link")).to_have_count(2, timeout=60_000)
    made = server.json("GET", "/api/tracks?limit=1&command=mix")["tracks"][0]
    file = server.json("GET", f"/api/tracks/{made['id']}")["file"]
    heard = soundfile.read(server.settings.audio_dir / file, dtype="float64")[0].T
    wanted = 0.5 * stems["bass"] + 1.6 * stems["vocals"]
    error_db = 10 * math.log10(np.sum((heard - wanted) ** 2) / np.sum(wanted**2))
    print(f"\nexport against the numpy mix of the split stems: {error_db:.1f} dB")
    assert heard.shape == wanted.shape and error_db < -90


def test_a_model_that_is_not_there_says_what_to_do(page: Page, server: Live, tmp_path: Path) -> None:
    page.locator("#command").select_option("split")
    page.get_by_test_id("file-source").set_input_files(written(tmp_path / "b.wav", noise(1, RATE_HZ)))
    expect(page.get_by_test_id("audio-chosen")).to_contain_text("b.wav")
    page.locator("#field-model").select_option("bs-roformer-viperx")
    page.get_by_test_id("send").click()
    answer = page.get_by_role("article", name="Job").last
    expect(answer).to_contain_text("cannot be downloaded from here", timeout=60_000)
    expect(answer).to_contain_text("model_bs_roformer_ep_317_sdr_12.9755.ckpt")
