"""What is generated for a clip lasts as long as the clip, also where the model makes no more than two minutes."""

from pathlib import Path

import numpy as np
import pytest

from engine.drama import clip_sounds
from engine.drama.clip_sounds import GENERATED, ClipSounds
from engine.drama.project import Anchor, Clip
from tests.fake_job import FakeJob
from tests.wants import wants


@pytest.mark.parametrize("seconds", [3.0, 11.0])
def test_a_generated_ambience_goes_on_without_a_hole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    rng = np.random.default_rng(1)

    def ask(prompt: str, asked_s: float, seed: int, job: FakeJob) -> tuple[np.ndarray, int]:
        return 0.1 * rng.standard_normal((2, round(min(asked_s, 5) * 16_000))).astype(np.float32), 16_000

    monkeypatch.setattr(clip_sounds, "ask", ask)
    anchor = Anchor(line="a")
    clip = Clip(
        id="x", lane="ambience", sound=GENERATED, prompt="rain", start=anchor, end=anchor, start_s=1, end_s=1 + seconds
    )
    with ClipSounds(FakeJob(tmp_path), 24_000, 1) as sounds:
        sounds.make(clip)
        made = np.concatenate(list(sounds.sound(clip, seconds)), axis=1)
    assert made.shape == (2, round(seconds * 24_000))
    level = [float(np.sqrt(np.mean(part**2))) for part in np.array_split(made, 40, axis=1)]
    assert max(level) < 1.4 * min(level)


def test_any_number_of_made_clips_opens_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource", reason=wants("another operating system"))
    monkeypatch.setattr(
        clip_sounds, "cue", lambda prompt, seconds, seed, job: (np.full((2, 50), seed, np.float32), 24_000)
    )
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ClipSounds(FakeJob(tmp_path), 24_000, 1) as sounds:
        resource.setrlimit(resource.RLIMIT_NOFILE, (len(list(Path("/dev/fd").iterdir())) + 20, hard))
        try:
            clips = [
                Clip(id=f"x{number}", lane="music", prompt="calm", start=Anchor(line="a"), seed=number + 1)
                for number in range(60)
            ]
            for clip in clips:
                sounds.make(clip)
            for number in (59, 0, 30):
                heard = np.concatenate(list(sounds.sound(clips[number], 1.0)), axis=1)
                assert heard.shape == (2, 50) and (heard == number + 1).all()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
