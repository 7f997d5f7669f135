"""The light tasks on sounds, in a worker."""

from pathlib import Path

from engine.audio.layouts import STEREO
from engine.audio.wav import WavWriter
from engine.drama.sounds.render import heard, stream


def render_sound(
    sound_id: str,
    target: Path,
    rate_hz: int,
    duration_s: float | None,
    longest_s: float,
    seed: int,
    parameters: dict[str, float],
    models_dir: Path,
    folder: Path,
) -> str:
    """Write a sound as a WAV file of 16 bits, at most `longest_s` long; the id of the sound that is heard.

    Arguments and errors as for `engine.drama.sounds.render.render`.
    """
    left = round(longest_s * rate_hz)
    with target.open("w+b") as file:
        writer = WavWriter(file, rate_hz, STEREO, "16")
        for block in stream(
            sound_id, rate_hz=rate_hz, duration_s=duration_s, seed=seed, parameters=parameters, models_dir=models_dir,
            folder=folder,
        ):  # fmt: skip
            writer.write(block[:, :left])
            left -= min(left, block.shape[1])
            if not left:
                break
        writer.close()
    return heard(sound_id, models_dir, folder).id
