"""The cover of a track: the one in its own tags, else a picture of its waveform in the colour of its key.

Colour by key: keys that are neighbours on the circle of fifths have neighbouring hues, thirty degrees apart, from C
major at 40 degrees (orange) on through G (70), D (100) and so on round to F (10); a minor key or a mode has the hue of
its relative major and, where its third is minor, a darker ground. A track whose key nobody knows is nearly grey, with a
hue drawn from its identity so that covers in a list can be told apart. Lightness is the same for all hues (OKLCh, B.
Ottosson, "A perceptual color space for image processing"). The same track always has the same cover.
"""

import hashlib
import io
import json
import math
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from engine.audio.peaks import peaks
from engine.audio.tags.model import FRONT_COVER, Cover
from engine.audio.tags.reading import read_tags
from engine.errors import AppError

SIZE = 384
"""Edge of a cover, pixels."""
MOST_PIXELS = 40_000_000
"""Larger pictures are left alone: they may be made to fill the memory."""
_FIRST_HUE, _FIFTH = 40.0, 30.0
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_PARENTS = {"major": 0, "minor": 3, "dorian": 10, "phrygian": 8, "lydian": 7, "mixolydian": 5}
"""Semitones from a mode's tonic up to that of its relative major."""
_DARK = ("minor", "dorian", "phrygian")
_KEY = re.compile(r"([A-G])([#b♯♭]?)\s*([a-z]*)")
_BARS = 27
_FINE = 3
"""How much larger the picture is drawn than it is kept."""


def key_hue(key: str) -> tuple[float, bool] | None:
    """Hue in degrees, and whether its third is minor, of a key as records name it: `E minor`, `Bb major`. None for what
    is no key."""
    match = _KEY.fullmatch(key.strip())
    if match is None or (match[3] or "major") not in _PARENTS:
        return None
    mode = match[3] or "major"
    tonic = _LETTERS[match[1]] + {"#": 1, "♯": 1, "b": -1, "♭": -1}.get(match[2], 0)
    fifths = (tonic + _PARENTS[mode]) * 7 % 12
    return (_FIRST_HUE + _FIFTH * fifths) % 360, mode in _DARK


def cover_png(path: Path, track_id: str, key: str = "", peaks_file: Path | None = None) -> bytes:
    """The cover of a sound file, SIZE pixels square. `peaks_file`: its peaks as JSON, where they are known.

    Raises as `engine.audio.decode.probe` does.
    """
    own = _from_tags(path)
    image = own or drawn(_outline(path, peaks_file), key_hue(key) if key else None, track_id)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _outline(path: Path, peaks_file: Path | None) -> list[float]:
    """How far the sound reaches from zero, in _BARS stretches, the furthest 1."""
    found = json.loads(peaks_file.read_text()) if peaks_file else peaks(path)
    high, low = (np.array(row, np.float64) for row in found["peaks"])
    reach = np.maximum(np.abs(high), np.abs(low))
    if not reach.size or not reach.max() > 0:
        return [0.0] * _BARS
    edges = np.linspace(0, reach.size, _BARS + 1).astype(int)[:-1]
    middle = np.array([np.mean(part) if part.size else 0.0 for part in np.split(reach, edges[1:])])
    return [float(value) for value in middle / max(float(middle.max()), 1e-9)]


def _from_tags(path: Path) -> Image.Image | None:
    """The picture that the file carries, the front cover above all; decoded here, so that nothing else comes along."""
    try:
        carried = read_tags(path).covers
    except (AppError, OSError):
        return None
    for picture in sorted(carried, key=lambda cover: cover.kind != FRONT_COVER):
        if (image := _opened(picture)) is not None:
            return image
    return None


def _opened(picture: Cover) -> Image.Image | None:
    """The middle square of a picture; None for what cannot be read or is too large."""
    try:
        with Image.open(io.BytesIO(picture.data), formats=("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")) as image:
            width, height = image.size
            if not 0 < width * height <= MOST_PIXELS:
                return None
            image.draft("RGB", (2 * SIZE, 2 * SIZE))
            whole = image.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    edge = min(whole.size)
    left, top = (whole.width - edge) // 2, (whole.height - edge) // 2
    return whole.resize((SIZE, SIZE), Image.Resampling.LANCZOS, (left, top, left + edge, top + edge))


def drawn(outline: list[float], hue: tuple[float, bool] | None, track_id: str) -> Image.Image:
    """Bars as high as `outline`, each 0..1, on a ground that grows darker."""
    degrees, minor = hue or (int(hashlib.sha256(track_id.encode()).hexdigest()[:8], 16) % 360, False)
    chroma = 0.11 if hue else 0.025
    top, bottom = (0.36, 0.2) if minor else (0.5, 0.3)
    shades = [_srgb(bottom + (top - bottom) * (1 - row / (SIZE - 1)), chroma, degrees) for row in range(SIZE)]
    ground = np.repeat(np.array(shades, np.uint8)[:, None], SIZE, axis=1)
    bars = Image.new("L", (SIZE * _FINE, SIZE * _FINE))
    pen = ImageDraw.Draw(bars)
    margin = 0.1 * SIZE * _FINE
    step = (SIZE * _FINE - 2 * margin) / len(outline)
    for at, height in enumerate(outline):
        left = margin + at * step
        half = max(0.35 * step, 0.34 * SIZE * _FINE * height)
        middle = SIZE * _FINE / 2
        pen.rounded_rectangle((left + 0.15 * step, middle - half, left + 0.85 * step, middle + half), 0.35 * step, 255)
    mask = bars.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
    light = Image.new("RGB", (SIZE, SIZE), _srgb(0.9, 0.6 * chroma, degrees))
    return Image.composite(light, Image.fromarray(ground, "RGB"), mask)


def _srgb(lightness: float, chroma: float, hue: float) -> tuple[int, int, int]:
    """A colour of OKLCh, as near as sRGB comes."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    cones: NDArray[np.float64] = np.array([
        lightness + 0.3963377774 * a + 0.2158037573 * b,
        lightness - 0.1055613458 * a - 0.0638541728 * b,
        lightness - 0.0894841775 * a - 1.2914855480 * b,
    ]) ** 3  # fmt: skip
    linear = np.array([
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]) @ cones  # fmt: skip
    linear = np.clip(linear, 0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    red, green, blue = (round(255 * float(value)) for value in encoded)
    return red, green, blue
