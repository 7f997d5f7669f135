"""Pieces of a sound file as raw samples, for players that mix in the browser."""

import contextlib

from flask import Response

from engine.audio.layouts import MONO, STEREO, of_mask
from engine.audio.wav_header import read_wav_header
from engine.jobs.light_tasks import PieceFacts
from engine.web.files import chunks, number, scratch_file
from engine.web.me import me

MOST_FRAMES = 2**20
MOST_BYTES = 2**25
"""Limits of one piece of samples: about 24 s at 44.1 kHz, and 32 MiB for many channels."""


def samples_of(key: str, rate_hz: int | None = None) -> Response:
    """Frames `from` up to `from + count` as raw little-endian float32, channels interleaved: one channel, or two as two
    ears hear the file.

    `rate_hz`: the rate at which frames are counted and given, the file's own by default. `X-Sample-Rate` and
    `X-Channels` say what they are. Past the end there is less, or nothing. Raises NOT_FOUND, INVALID_INPUT.
    """
    start, count = int(number("from", 0, 0, 2**53)), int(number("count", MOST_FRAMES, 1, MOST_FRAMES))
    path = me.storage.fetch(key)
    with contextlib.ExitStack() as held:
        file = held.enter_context(path.open("rb"))
        wav = read_wav_header(file)
        plain = wav is not None and of_mask(wav.mask, wav.channels) in (MONO, STEREO)
        if wav and wav.is_float32 and plain and rate_hz in (None, wav.rate_hz):
            first, end = min(start, wav.frames), min(start + count, wav.frames)
            file.seek(wav.offset + first * wav.frame_bytes)
            length, facts = (end - first) * wav.frame_bytes, PieceFacts(wav.rate_hz, wav.channels)
        else:
            decoded = held.enter_context(scratch_file())
            facts = me.tasks.decode_piece(path, decoded, start, count, MOST_BYTES, rate_hz)
            file = held.enter_context(decoded.open("rb"))
            length = decoded.stat().st_size
        answer = Response(chunks(file, length), mimetype="application/octet-stream")
        answer.call_on_close(held.pop_all().close)
    answer.content_length = length
    answer.headers["X-Sample-Rate"] = str(facts.rate_hz)
    answer.headers["X-Channels"] = str(facts.channels)
    return answer
