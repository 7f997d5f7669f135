"""Words spoken by eSpeak NG, which a package brings along: voices for mixtures whose stems are known."""

import ctypes
from functools import cache

import espeakng_loader
import numpy as np

from engine.audio.resample import resample

_SYNCHRONOUS = 2
_UTF8 = 1
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


@cache
def spoken(text: str, rate_hz: int = 44_100) -> np.ndarray:
    """float32 [1, samples] at `rate_hz`, peak 0.5."""
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    own_rate = library.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0)
    parts: list[np.ndarray] = []

    @_CALLBACK
    def take(wave: object, count: int, events: object) -> int:
        if wave and count:
            parts.append(np.ctypeslib.as_array(wave, shape=(count,)).copy())  # type: ignore[call-overload]
        return 0

    library.espeak_SetSynthCallback(take)
    library.espeak_SetVoiceByName(b"en-us")
    data = text.encode()
    library.espeak_Synth(data, ctypes.c_size_t(len(data) + 1), 0, 0, 0, _UTF8, None, None)
    library.espeak_Synchronize()
    wave = np.concatenate(parts).astype(np.float32)[None] / 32768
    return resample(wave * (0.5 / np.abs(wave).max()), own_rate, rate_hz)
