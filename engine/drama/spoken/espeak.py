"""eSpeak NG's phonemes, through the library that the package espeakng-loader brings along. Worker side."""

import ctypes
from functools import cache
from threading import RLock
from typing import Any, Final

LOCK: Final = RLock()
"""Held by whoever calls the library: its state is the process's."""
RATE_HZ: Final = 22_050
_SYNCHRONOUS: Final = 2
_UTF8: Final = 1
_IPA_TIED: Final = 0x82 | ord("^") << 8
"""IPA, with `^` between the letters of one sound."""


@cache
def library() -> Any:
    """The library, ready to speak synchronously. Call it and what it has under `LOCK`. RuntimeError if damaged."""
    import espeakng_loader

    found = ctypes.CDLL(espeakng_loader.get_library_path())
    if found.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0) != RATE_HZ:
        raise RuntimeError("eSpeak NG did not start")
    found.espeak_TextToPhonemes.restype = ctypes.c_char_p
    return found


def phonemes(text: str, voice: str) -> str:
    """IPA of a text without punctuation, words apart by spaces; `voice`: eSpeak's name of it, such as `en-us`."""
    with LOCK:
        speaker = library()
        if speaker.espeak_SetVoiceByName(voice.encode()) != 0:
            raise RuntimeError(f"eSpeak NG has no voice {voice}")
        rest = ctypes.c_char_p(text.encode())
        parts = []
        while rest.value:
            parts.append((speaker.espeak_TextToPhonemes(ctypes.byref(rest), _UTF8, _IPA_TIED) or b"").decode())
        return " ".join(part for part in parts if part.strip())
