"""The mixer under the card: what is heard follows its controls, and what is exported is what is heard."""

import base64
import io
import math
import uuid
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page, expect

from engine.library.record import Record
from tests.browser.conftest import send, soon
from tests.conftest import make_settings
from tests.live import Live, live
from tests.stemmed import RATE_HZ, make_stemmed, noise

pytestmark = pytest.mark.browser

SECONDS = 20.0
TONES_HZ = {"drums": 441.0, "bass": 1470.0, "vocals": 2940.0}
LEVEL = 0.25


def tone(hz: float) -> np.ndarray:
    wave = LEVEL * np.sin(2 * np.pi * hz * np.arange(round(SECONDS * RATE_HZ)) / RATE_HZ)
    return np.stack([wave, wave]).astype(np.float32)


TONES = {name: tone(hz) for name, hz in TONES_HZ.items()}
NOISES = {name: noise(SECONDS, seed) for seed, name in enumerate(("drums", "bass", "vocals"))}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A library with two tracks that have stems: tones, to tell them apart by ear, and noise, to compare samples."""
    folder = tmp_path_factory.mktemp("stems")
    settings = make_settings(folder)
    make_stemmed(settings, TONES, name="tones", tags={"title": "tones"})
    make_stemmed(settings, NOISES, name="noises", tags={"title": "noises"})
    with live(folder) as running:
        yield running


def opened(page: Page, name: str) -> None:
    """Shows the track as the card."""
    page.evaluate("id => document.querySelector('page-shell').app.open(id)", uuid.uuid5(uuid.NAMESPACE_OID, name).hex)
    expect(page.locator("#card-title")).to_have_text(name)
    expect(page.get_by_test_id("lane")).to_have_count(3)


def until(page: Page, expression: str) -> None:
    """Waits for this to become true."""
    soon(page, lambda: page.evaluate(expression))


def lane(page: Page, stem: str) -> Any:
    return page.locator(f"[data-testid=lane][data-stem={stem}]")


HEARD = """tones => {
    const [left, right] = document.querySelector('stem-mixer').player.meters.map(meter => {
        const moment = new Float32Array(meter.fftSize);
        meter.getFloatTimeDomainData(moment);
        return moment;
    });
    const level = (moment, hz) => {
        let re = 0, im = 0, weight = 0;
        moment.forEach((value, at) => {
            const window = 1 - Math.cos(2 * Math.PI * at / moment.length);
            re += window * value * Math.cos(2 * Math.PI * hz * at / 44100);
            im += window * value * Math.sin(2 * Math.PI * hz * at / 44100);
            weight += window;
        });
        return 2 * Math.hypot(re, im) / weight;
    };
    return Object.fromEntries(Object.entries(tones).map(([name, hz]) => [name, [level(left, hz), level(right, hz)]]));
}"""


def heard(page: Page) -> dict[str, list[float]]:
    """Level of each stem's tone in the left and the right of what sounds now."""
    return page.evaluate(HEARD, TONES_HZ)  # type: ignore[no-any-return]


def sounds(page: Page, **wanted: float | tuple[float, float]) -> None:
    """Waits until exactly this sounds: each stem's gain, or its left and right; every other stem is silent."""
    values = {name: wanted.get(name, 0.0) for name in TONES_HZ}
    pairs = {name: value if isinstance(value, tuple) else (value, value) for name, value in values.items()}

    def so(levels: dict[str, list[float]]) -> bool:
        return all(abs(levels[name][side] - LEVEL * pairs[name][side]) < 0.004 for name in TONES_HZ for side in (0, 1))

    try:
        soon(page, lambda: so(heard(page)))
    except TimeoutError:
        raise AssertionError(f"wanted {wanted}, heard {heard(page)}") from None


def pan_pair(pan: float) -> tuple[float, float]:
    """What equal left and right become (W3C Web Audio API, StereoPannerNode)."""
    x = (pan + 1 if pan <= 0 else pan) * math.pi / 2
    return (1 + math.cos(x), math.sin(x)) if pan <= 0 else (math.cos(x), 1 + math.sin(x))


def test_what_sounds_follows_every_control(page: Page) -> None:
    opened(page, "tones")
    page.get_by_test_id("mixer-play").click()
    sounds(page, drums=1, bass=1, vocals=1)
    lane(page, "bass").get_by_test_id("stem-mute").click()
    sounds(page, drums=1, vocals=1)
    lane(page, "vocals").get_by_test_id("stem-solo").click()
    sounds(page, vocals=1)
    lane(page, "bass").get_by_test_id("stem-solo").click()
    sounds(page, vocals=1, bass=1)
    for stem in ("vocals", "bass"):
        lane(page, stem).get_by_test_id("stem-solo").click()
    lane(page, "drums").get_by_test_id("stem-gain").fill("1.5")
    lane(page, "vocals").get_by_test_id("stem-pan").fill("-0.5")
    sounds(page, drums=1.5, vocals=pan_pair(-0.5))
    expect(page.get_by_test_id("mixer-peak")).to_contain_text("Peak")
    page.get_by_test_id("mixer-reset").click()
    sounds(page, drums=1, bass=1, vocals=1)
    expect(page.get_by_test_id("mixer-reset")).to_be_disabled()
    page.get_by_test_id("mixer-play").click()
    expect(page.get_by_test_id("mixer")).to_have_attribute("data-playing", "false")
    until(page, "document.querySelector('stem-mixer').player.peak === 0")


def test_the_mixer_and_the_player_take_turns(page: Page) -> None:
    opened(page, "tones")
    audio = page.locator("page-shell > audio")
    page.get_by_test_id("play").click()
    expect(audio).to_have_js_property("paused", False)
    page.get_by_test_id("mixer-play").click()
    expect(audio).to_have_js_property("paused", True)
    sounds(page, drums=1, bass=1, vocals=1)
    assert page.evaluate("document.querySelector('page-shell').app.playing")
    assert page.evaluate("navigator.mediaSession.playbackState") == "playing"
    page.get_by_test_id("play").click()
    expect(page.get_by_test_id("mixer")).to_have_attribute("data-playing", "false")
    expect(audio).to_have_js_property("paused", False)
    assert page.evaluate("document.querySelector('page-shell').app.playing")
    page.get_by_test_id("play").click()
    expect(audio).to_have_js_property("paused", True)
    until(page, "!document.querySelector('page-shell').app.playing")


def test_seeking_and_the_region_of_the_card(page: Page) -> None:
    opened(page, "tones")
    wave = lane(page, "bass").get_by_test_id("lane-wave")
    box = wave.bounding_box()
    assert box
    wave.click(position={"x": box["width"] / 2 + 1, "y": 10})
    at = "document.querySelector('stem-mixer').player.at / 44100"
    assert page.evaluate(at) == pytest.approx(10, abs=0.1)
    expect(page.get_by_test_id("mixer-time")).to_have_text("0:10")
    page.get_by_test_id("mixer-seek").fill("4")
    assert page.evaluate(at) == pytest.approx(4, abs=0.01)
    page.evaluate("document.querySelector('audio-player').region = {from_s: 5, to_s: 5.3}")
    page.get_by_test_id("mixer-play").click()
    lowest, highest = page.evaluate(
        """() => new Promise(done => { const player = document.querySelector('stem-mixer').player;
            let low = 1e9, high = 0, passes = 0, before = 0;
            const look = () => { const at = player.at / 44100;
                if (!player.waiting && at !== 4) { low = Math.min(low, at); high = Math.max(high, at); }
                if (at < before - 0.1) passes++;
                before = at;
                passes >= 5 ? done([low, high]) : setTimeout(look, 3) }; look() })"""
    )
    assert 5 <= lowest < 5.06 and 5.24 < highest <= 5.3
    sounds(page, drums=1, bass=1, vocals=1)


def test_a_mixer_is_found_as_it_was_left(page: Page) -> None:
    opened(page, "tones")
    lane(page, "drums").get_by_test_id("stem-gain").fill("0.4")
    lane(page, "vocals").get_by_test_id("stem-mute").click()
    opened(page, "noises")
    expect(lane(page, "drums").get_by_test_id("stem-gain")).to_have_value("1")
    page.reload()
    page.locator("#command").wait_for(state="attached")
    opened(page, "tones")
    expect(lane(page, "drums").get_by_test_id("stem-gain")).to_have_value("0.4")
    expect(lane(page, "vocals").get_by_test_id("stem-mute")).to_have_attribute("aria-pressed", "true")


RENDER = """async ({id, seconds, levels, repeat, from}) => {
    const { StemPlayer } = await import('/static/js/sound/stem-player.js');
    const api = await import('/static/js/server/api.js');
    const context = new OfflineAudioContext(2, Math.round(seconds * 44100), 44100);
    context.resume = async () => {};  // a context without a sound card runs when it is told to render
    const record = await api.track(id);
    let loads = 0;
    const player = new StemPlayer({
        stems: record.stems, rate_hz: 44100, open: () => context, ahead_s: seconds,
        load: (name, from, count, signal) => (loads++, api.stemSamples(id, name, from, count, signal)),
    });
    for (const [name, [gain, pan]] of Object.entries(levels)) player.setLevel(name, gain, pan);
    player.setRepeat(repeat);
    player.seek(from);
    void player.play();
    const enough = 3 * Math.ceil(seconds);
    for (let wait = 0; wait < 500 && player.waiting; wait++) await new Promise(r => setTimeout(r, 10));
    for (let before = -1; before !== loads;) { before = loads; await new Promise(r => setTimeout(r, 700)); }
    const buffer = await context.startRendering();
    const bytes = new Uint8Array(8 * buffer.length);
    [0, 1].forEach(side => bytes.set(new Uint8Array(buffer.getChannelData(side).buffer), side * 4 * buffer.length));
    let text = '';
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return btoa(text);
}"""


def rendered(page: Page, server: Live, **how: Any) -> np.ndarray:
    """What the player puts out, float32 [2, samples], from the moment of its first sample on."""
    record = Record.model_validate_json((server.settings.audio_dir / "noises.json").read_bytes())
    wish = {"id": record.id, "levels": {}, "repeat": None, "from": 0, "seconds": 14.0, **how}
    samples = np.frombuffer(base64.b64decode(page.evaluate(RENDER, wish)), "<f4").reshape(2, -1)
    lead = math.ceil(0.06 * RATE_HZ)
    assert np.abs(samples[:, :lead]).max() == 0
    return samples[:, lead:]


def test_the_pieces_join_without_a_seam_and_all_stems_are_in_step(page: Page, server: Live) -> None:
    out = rendered(page, server)
    wanted = sum(NOISES.values())[:, : out.shape[1]]
    assert np.abs(out - wanted).max() < 1e-6


def test_a_repeated_region_has_no_seam(page: Page, server: Live) -> None:
    first, end = 100_003, 180_001
    out = rendered(page, server, repeat={"from": first, "to": end}, seconds=9.0, **{"from": first})
    turn = sum(NOISES.values())[:, first:end]
    wanted = np.tile(turn, 10)[:, : out.shape[1]]
    faded = round(0.006 * RATE_HZ) + 1  # a start in the middle of a sound rises
    assert np.abs(out - wanted)[:, faded:].max() < 1e-6


def test_what_is_heard_is_what_the_server_mixes(page: Page, server: Live) -> None:
    levels = {"drums": [0.8, -0.3], "bass": [1.7, 0.9], "vocals": [0, 0]}
    out = rendered(page, server, levels=levels, seconds=6.0)
    record = Record.model_validate_json((server.settings.audio_dir / "noises.json").read_bytes())
    wish = {"source": f"track:{record.id}", "levels": "drums=0.8@-0.3 bass=1.7@0.9", "bit_depth": "32f"}
    job = server.json("POST", "/api/jobs", {"command": "mix", "params": wish})
    made = server.json("GET", f"/api/tracks/{server.finished(job['job_id'])['track_ids'][0]}")
    sound = soundfile.read(server.settings.audio_dir / made["file"], dtype="float32")[0].T[:, : out.shape[1]]
    error = np.sum((out.astype(np.float64) - sound) ** 2) / np.sum(sound.astype(np.float64) ** 2)
    print(f"\nheard against exported: {10 * math.log10(error):.1f} dB")
    assert error < 1e-11


def answer(page: Page, server: Live, count: int) -> dict[str, Any]:
    """The newest result in the chat; the card does not go to it by itself."""
    expect(page.get_by_test_id("track-link")).to_have_count(count, timeout=30_000)
    return server.json("GET", "/api/tracks?limit=1&command=mix")["tracks"][0]  # type: ignore[no-any-return]


def test_an_exported_mix_is_the_sum_and_the_card_stays(page: Page, server: Live) -> None:
    opened(page, "noises")
    before = page.get_by_test_id("track-link").count()
    lane(page, "drums").get_by_test_id("stem-gain").fill("0.6")
    lane(page, "bass").get_by_test_id("stem-gain").fill("1.2")
    lane(page, "bass").get_by_test_id("stem-pan").fill("0.5")
    lane(page, "vocals").get_by_test_id("stem-mute").click()
    page.evaluate("document.querySelector('audio-player').region = {from_s: 2.5, to_s: 7.25}")
    page.get_by_test_id("mix-format").select_option(label="FLAC 24 bit")
    page.get_by_test_id("mix-range").select_option(label="Loop region")
    page.get_by_test_id("mix-export").click()
    expect(page.locator(".notice")).to_contain_text("appear in the chat")
    row = answer(page, server, before + 1)
    expect(page.locator("#card-title")).to_have_text("noises")
    record = server.json("GET", f"/api/tracks/{row['id']}")
    assert record["parameters"]["levels"] == "drums=0.6 bass=1.2@0.5" and record["prompt"] == "noises · drums, bass"
    assert record["file"].endswith(".flac")
    sound = soundfile.read(server.settings.audio_dir / record["file"], dtype="float64")[0].T
    first, end = round(2.5 * RATE_HZ), round(7.25 * RATE_HZ)
    drums, bass = (NOISES[name][:, first:end].astype(np.float64) for name in ("drums", "bass"))
    x = 0.5 * math.pi / 2
    panned = np.stack([bass[0] * math.cos(x), bass[1] + bass[0] * math.sin(x)])
    wanted = 0.6 * drums + 1.2 * panned
    error_db = 10 * math.log10(np.sum((sound - wanted) ** 2) / np.sum(wanted**2))
    print(f"\nexport against the mix of the stems: {error_db:.1f} dB")
    assert sound.shape == wanted.shape and error_db < -90
    page.get_by_test_id("track-link").last.click()
    expect(page.locator("#card-title")).to_have_text(record["title"])


def test_lowered_peaks_and_a_stem_as_a_track(page: Page, server: Live) -> None:
    opened(page, "tones")
    before = page.get_by_test_id("track-link").count()
    for stem in TONES_HZ:
        lane(page, stem).get_by_test_id("stem-gain").fill("2")
    page.get_by_test_id("mix-lower").check()
    page.get_by_test_id("mix-export").click()
    mixed = server.json("GET", f"/api/tracks/{answer(page, server, before + 1)['id']}")
    assert mixed["levels"]["true_peak_dbtp"] == pytest.approx(-1, abs=0.05) and mixed["levels"]["clipped_samples"] == 0
    page.get_by_test_id("track-link").last.click()
    expect(page.get_by_test_id("peak-note")).to_contain_text(f"Turned down by {mixed['levels']['lowered_db']:.1f} dB")
    opened(page, "tones")
    lane(page, "bass").get_by_test_id("stem-track").click()
    alone = server.json("GET", f"/api/tracks/{answer(page, server, before + 2)['id']}")
    sound = soundfile.read(server.settings.audio_dir / alone["file"], dtype="float32")[0]
    assert sound.T.tobytes() == TONES["bass"].tobytes() and alone["prompt"] == "tones · bass"
    expect(page.locator("#card-title")).to_have_text("tones")


def test_archives_hold_the_stems(page: Page, server: Live) -> None:
    opened(page, "noises")
    folder = server.settings.output / "stems" / "noises"
    lane(page, "bass").get_by_test_id("stem-solo").click()
    for button, names in (("zip-all", ["drums", "bass", "vocals"]), ("zip-audible", ["bass"])):
        with page.expect_download() as download:
            page.get_by_test_id(button).click()
        assert download.value.suggested_filename == "noises · stems.zip"
        with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as archive:
            assert archive.namelist() == [f"noises · {name}.wav" for name in names]
            for name in names:
                assert archive.read(f"noises · {name}.wav") == (folder / f"{name}.wav").read_bytes()
    with page.expect_download() as download:
        lane(page, "bass").get_by_test_id("stem-download").click()
    assert download.value.path().read_bytes() == (folder / "bass.wav").read_bytes()


def test_a_stem_that_has_gone_is_told_and_the_page_goes_on(page: Page, server: Live) -> None:
    opened(page, "tones")
    path = server.settings.output / "stems" / "tones" / "bass.wav"
    away = path.with_suffix(".away")
    path.rename(away)
    try:
        page.get_by_test_id("mixer-play").click()
        expect(page.locator(".notice.error")).to_contain_text("bass.wav")
        expect(page.get_by_test_id("mixer")).to_have_attribute("data-playing", "false")
    finally:
        away.rename(path)
    page.get_by_test_id("mixer-play").click()
    until(page, "document.querySelector('stem-mixer').player.at > 1000")


def test_composed_stems_get_a_mixer_too(guest: Page) -> None:
    send(guest, "jazz trio, 120 bpm duration=6 seed=5 stems=true")
    expect(guest.get_by_test_id("card")).to_contain_text("composer_5_", timeout=60_000)
    assert guest.get_by_test_id("lane").count() >= 3
    drums = guest.locator("[data-testid=lane][data-stem=drums]")
    inked = (
        "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.filter((v, i) => i % 4 == 3 && v).length"
    )
    until(guest, f"({inked})(document.querySelector('stem-lane canvas')) > 1000")
    drums.get_by_test_id("stem-solo").focus()
    guest.keyboard.press("Space")
    expect(drums).to_have_attribute("data-sounds", "true")
    expect(guest.locator("[data-testid=lane][data-sounds=true]")).to_have_count(1)
    gain = drums.get_by_test_id("stem-gain")
    gain.focus()
    guest.keyboard.press("ArrowLeft")
    expect(gain).to_have_value("0.99")
    expect(gain).to_have_attribute("aria-valuetext", "-0.1 dB")
