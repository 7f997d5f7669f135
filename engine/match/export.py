"""A style as files that other people and other programs can use."""

import io

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from engine.audio.layouts import usual
from engine.audio.wav import WavWriter
from engine.match.configs import camilladsp, equalizer_apo
from engine.match.processors.equaliser import sections
from engine.match.processors.reverb import wet_response
from engine.match.style import StyleParams
from engine.match.vstpreset import to_vstpreset

_FLOOR = 1e-6
"""Where a response ends: 120 dB under its peak."""
_LONGEST_EQ_S = 2.0


def linear_response(
    style: StyleParams,
    rate_hz: int,
    channels: int = 2,
    *,
    eq: bool = True,
    reverb: bool = True,
    given: NDArray[np.floating] | None = None,
) -> NDArray[np.float32]:
    """What the linear part of the chain answers to one sample of 1: float32 [channels, samples].

    The equaliser as it sounds here (minimum phase), then dry sound and room with their mix. Not in it: side equaliser
    and width, which join channels, and everything that depends on the sound (compressor, exciter, loudness, limiter,
    pitch). `given` [channels, samples] at `rate_hz` is the user's impulse response.
    """
    response = np.zeros((channels, 1))
    response[:, 0] = 1.0
    if reverb and style.reverb is not None and style.reverb.mix > 0:
        wet = style.reverb.mix * wet_response(style.reverb, rate_hz, channels, given)
        wet[:, 0] += 1 - style.reverb.mix
        response = wet
    bands = sections(style.eq, rate_hz) if eq else np.zeros((0, 6))
    if len(bands):
        response = np.pad(response, ((0, 0), (0, round(_LONGEST_EQ_S * rate_hz))))
        response = signal.sosfilt(bands, response, axis=1)
    loud = np.flatnonzero(np.abs(response).max(axis=0) > _FLOOR * np.abs(response).max())
    return np.ascontiguousarray(response[:, : int(loud[-1]) + 1], np.float32)


def wav(audio: NDArray[np.float32], rate_hz: int) -> bytes:
    """float32 [channels, samples] as a 32-bit float WAV file."""
    file = io.BytesIO()
    writer = WavWriter(file, rate_hz, usual(audio.shape[0]), "32f")
    writer.write(audio)
    writer.close()
    return file.getvalue()


def export_preset(
    style: StyleParams,
    name: str = "style",
    *,
    rate_hz: int = 48_000,
    impulse_response: NDArray[np.floating] | None = None,
) -> dict[str, bytes]:
    """File name -> contents:

    - NAME.json, the style itself;
    - NAME.wav, the impulse response of the linear part (`linear_response`);
    - NAME-room.wav, only where there is a reverb: dry sound and room without the equaliser, for the two that follow;
    - NAME.txt, Equalizer APO, and NAME.yml, CamillaDSP, which name in themselves what they leave out;
    - NAME.vstpreset, whose state is the style as JSON: this program reads it, no plug-in does.

    All are for stereo. Raises ValueError for a name that is no plain file name, or where the
    style's impulse response is not given.
    """
    if not name or not name.isprintable() or name != name.strip(" .") or set(name) & set('/\\:*?"<>|'):
        raise ValueError("not a plain file name")
    if style.reverb is not None and style.reverb.ir_key is not None and impulse_response is None:
        raise ValueError("the impulse response that ir_key names must be given")
    files = {
        f"{name}.json": style.model_dump_json(indent=2).encode(),
        f"{name}.wav": wav(linear_response(style, rate_hz, given=impulse_response), rate_hz),
    }
    reverb_file = ""
    if style.reverb is not None and style.reverb.mix > 0:
        reverb_file = f"{name}-room.wav"
        files[reverb_file] = wav(linear_response(style, rate_hz, eq=False, given=impulse_response), rate_hz)
    files[f"{name}.txt"] = equalizer_apo(style, rate_hz=rate_hz, reverb_file=reverb_file).encode()
    files[f"{name}.yml"] = camilladsp(style, rate_hz=rate_hz, reverb_file=reverb_file).encode()
    files[f"{name}.vstpreset"] = to_vstpreset(style, name)
    return files
