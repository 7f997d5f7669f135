"""Sound is heard while it is made."""

import itertools

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import send, visiting
from tests.generate.checkpoints import write_checkpoint, write_text_encoder
from tests.live import Live

pytestmark = pytest.mark.browser

NOTE_STARTS = """() => {
const real = AudioBufferSourceNode.prototype.start;
window.started = [];
AudioBufferSourceNode.prototype.start = function (when) {
  window.started.push([when, this.buffer.duration, this.buffer.sampleRate]);
  return real.call(this, when);
};
}"""


def test_a_running_job_can_be_listened_to(own_server: Live, browser: Browser) -> None:
    models = own_server.settings.models
    write_checkpoint(models / "mine", "text")
    write_text_encoder(models / "t5-base")
    with visiting(browser, own_server.address) as page:
        page.evaluate(NOTE_STARTS)
        send(page, "slow rock model=own own_model=mine duration=600 seed=1")
        listen = page.get_by_test_id("listen")
        listen.click(timeout=90_000)
        expect(listen).to_have_attribute("aria-pressed", "true")
        started = page.evaluate(
            """() => new Promise(done => {
                const look = () => window.started.length >= 3 ? done(window.started) : requestAnimationFrame(look);
                look();
            })"""
        )
        for (before, duration_s, rate), (after, _, _) in itertools.pairwise(started):
            assert rate == 32_000 and after >= before + duration_s - 1e-6
        listen.click()
        expect(listen).to_have_attribute("aria-pressed", "false")
        page.get_by_test_id("cancel").click()
        expect(page.get_by_test_id("listen")).to_have_count(0, timeout=30_000)
