"""Two recordings of the same content laid over each other: delay, channels, polarity, transposition, transfer function
and the room that one has and the other has not (mode A)."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

from engine.audio.block import Audio
from engine.match.analyze import analyze_features
from engine.match.features import fine_hz
from engine.match.pitch_track import mid_of
from engine.match.processors.pitch import transposed
from engine.match.processors.reverb import made_response
from engine.match.spectrum import band_weights, hann, moved_db, weighted_median
from engine.match.style import Alignment, ReverbSettings

EXCERPT_S = 60.0
"""What of each is compared, at most; delays are found up to half of it."""
_MOST_DELAY_S = 30.0
_ENVELOPE_S = 0.005
_FRAME = 8192
_LONG_S = 2.7
_CENTS = 5
_MOST_CENTS = 330
_TONES_HZ = (250.0, 4000.0)
_SAME_CENTS = 3.0
_TURNED_S = 20.0
_ALIKE = 0.3
_NO_DELAY_S = 0.0002
"""So much an equaliser's phase can look like."""
_DIRECT_S = 0.004
_DENSE_S = 0.03


@dataclass(frozen=True)
class ReverbEstimate:
    """The reverberation that the reference has and the target lacks; `confidence` 0 to 1."""

    settings: ReverbSettings
    confidence: float


@dataclass(frozen=True)
class Pair:
    delay_s: float
    """How much later the target is."""
    polarity: int
    swap_channels: bool
    semitones: float
    """From the target up to the reference."""
    pitch_confidence: float
    correlation: float
    """Of the aligned waveforms, 0 to 1; low where the pitch differs."""
    gain_db: tuple[float, ...] = ()
    """|H| from target to reference at `fine_hz`; empty where the waveforms do not correlate."""
    coherence: tuple[float, ...] = ()
    reverb: ReverbEstimate | None = None
    side_change_db: float = 0.0
    """What the transposition itself does to the target's side signal against its mid signal."""

    def alignment(self) -> Alignment | None:
        """None where nothing is to be moved."""
        found = Alignment(
            delay_s=round(self.delay_s, 7) if abs(self.delay_s) > _NO_DELAY_S else 0.0,
            polarity=-1 if self.polarity < 0 else 1,
            swap_channels=self.swap_channels,
        )
        return None if found == Alignment() else found


def compare(reference: Audio, target: Audio, rate_hz: int) -> Pair:
    """`reference`, `target` float32 [channels, samples] at one rate, their beginnings, of which `EXCERPT_S` is used."""
    most = round(EXCERPT_S * rate_hz)
    theirs, ours = reference[:, :most], target[:, :most]
    mid, their_mid = mid_of(ours), mid_of(theirs)
    coarse = _wave_delay(their_mid, mid, rate_hz)
    if coarse is None:
        coarse = _envelope_delay(their_mid, mid, rate_hz)
    cents, sure = transposition(*_overlap(their_mid, mid, coarse), rate_hz)
    if abs(cents) > _SAME_CENTS and sure > 0.1:
        change_db = _side_change_db(ours, rate_hz, cents / 100)
        return Pair(coarse / rate_hz, 1, False, cents / 100, sure, 0.0, side_change_db=change_db)
    delay, polarity, correlation = _delay(their_mid, mid, coarse, rate_hz)
    a, b = _overlap(their_mid, mid, round(delay))
    gain_db, coherence = _transfer(a, b * np.float32(polarity), rate_hz)
    swapped = False
    if len(theirs) == 2 and len(ours) == 2:
        x, y = _overlap(theirs[0] - theirs[1], ours[0] - ours[1], round(delay))
        norm = math.sqrt(float(np.dot(x, x)) * float(np.dot(y, y)))
        swapped = norm > 0 and float(np.dot(x, y)) * polarity / norm < -0.3
    channel = 1 if swapped else 0
    reverb = _reverb_between(
        *_overlap(theirs[0], ours[min(channel, len(ours) - 1)] * np.float32(polarity), round(delay)), rate_hz
    )
    return Pair(delay / rate_hz, polarity, swapped, 0.0, sure, correlation, tuple(gain_db), tuple(coherence), reverb)


def _side_change_db(target: Audio, rate_hz: int, semitones: float) -> float:
    """The phase vocoder turns the side signal's phases as the louder mid signal needs it: some of it gets lost."""
    middle = max(0, (target.shape[1] - round(_TURNED_S * rate_hz)) // 2)
    sound = target[:2, middle : target.shape[1] - middle]
    if len(sound) < 2 or not sound.any():
        return 0.0
    turned = np.concatenate(list(transposed(iter([sound]), rate_hz, 2, semitones)), axis=1)
    before, after = (analyze_features(heard, rate_hz, 2).fine for heard in (sound, turned))
    gains = [moved_db(before_db, semitones) for before_db in (np.array(before.mid_db), np.array(before.side_db))]
    change = np.array(after.side_db) - np.array(after.mid_db) - (gains[1] - gains[0])
    return weighted_median(change, 10 ** (np.array(after.side_db) / 10))


def _overlap(
    reference: NDArray[np.float32], target: NDArray[np.float32], delay: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What both have once the target's `delay` samples are undone."""
    target, reference = target[max(0, delay) :], reference[max(0, -delay) :]
    size = min(len(target), len(reference))
    return reference[:size], target[:size]


def _wave_delay(reference: NDArray[np.float32], target: NDArray[np.float32], rate_hz: int) -> int | None:
    """The delay in samples, to a few of them, where the waveforms themselves are alike; None where they are not."""
    step = max(1, rate_hz // 12_000)
    a, b = (s[: len(s) // step * step].reshape(-1, step).mean(axis=1) for s in (reference, target))
    norm = math.sqrt(float(np.dot(a, a)) * float(np.dot(b, b)))
    if norm <= 0:
        return None
    lags, value = _correlated(a, b)
    alike = np.where(np.abs(lags) * step <= _MOST_DELAY_S * rate_hz, np.abs(value), 0) / norm
    best = int(np.argmax(alike))
    return int(lags[best]) * step if alike[best] > _ALIKE else None


def _envelope_delay(reference: NDArray[np.float32], target: NDArray[np.float32], rate_hz: int) -> int:
    """The delay in samples, to a few milliseconds, from how the level moves: polarity, tone and pitch do not matter."""
    step = max(1, round(_ENVELOPE_S * rate_hz))
    a, b = (_rises(sound, step) for sound in (reference, target))
    if len(a) < 8 or len(b) < 8:
        return 0
    lags, value = _correlated(a, b)
    allowed = np.abs(lags) * step <= _MOST_DELAY_S * rate_hz
    best = int(np.argmax(np.where(allowed, value, -np.inf)))
    return int(lags[best]) * step


def _rises(sound: NDArray[np.float32], step: int) -> NDArray[np.float64]:
    count = len(sound) // step
    level = 10 * np.log10(np.square(sound[: count * step], dtype=np.float64).reshape(count, step).mean(axis=1) + 1e-9)
    smooth = np.convolve(level, np.hanning(7)[1:-1] / np.hanning(7).sum(), "same")
    rise = np.maximum(0, np.diff(smooth))
    return np.asarray(rise - rise.mean() if len(rise) else rise)


def _correlated(
    reference: NDArray[np.floating], target: NDArray[np.floating]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(lags, correlation): positive lags where the target is late."""
    size = fft.next_fast_len(len(reference) + len(target), real=True)
    value = fft.irfft(fft.rfft(target, size) * np.conj(fft.rfft(reference, size)), size)
    lags = np.arange(size)
    lags = np.where(lags < len(target), lags, lags - size)
    return lags, np.asarray(value, np.float64)


def _delay(
    reference: NDArray[np.float32], target: NDArray[np.float32], coarse: int, rate_hz: int
) -> tuple[float, int, float]:
    """(delay in samples with its fraction, polarity, correlation there) near `coarse`."""
    a, b = _overlap(reference, target, coarse)
    if not len(a) or not a.any() or not b.any():
        return float(coarse), 1, 0.0
    lags, value = _correlated(a, b)
    near = np.abs(lags) <= 0.05 * rate_hz
    place = int(np.argmax(np.where(near, np.abs(value), -1)))
    polarity = 1 if value[place] >= 0 else -1
    before, here, after = (polarity * value[(place + k) % len(value)] for k in (-1, 0, 1))
    bend = before - 2 * here + after
    fraction = 0.5 * (before - after) / bend if bend < 0 else 0.0
    norm = math.sqrt(float(np.dot(a, a)) * float(np.dot(b, b)))
    return coarse + float(lags[place] + fraction), polarity, min(1.0, abs(here) / norm)


def transposition(reference: NDArray[np.float32], target: NDArray[np.float32], rate_hz: int) -> tuple[float, float]:
    """(cents from target up to reference within ±330, how alike the tones then are, 0 to 1) of mono sounds in time.

    Window by window, the tones on a scale of 5 cents, whitened, are laid over each other.
    """
    size = 2 ** round(math.log2(0.7 * rate_hz))
    low, high = _TONES_HZ[0], min(_TONES_HZ[1], 0.35 * rate_hz)
    count = int(1200 * math.log2(high / low) / _CENTS)
    f_hz = low * 2 ** (np.arange(count) * _CENTS / 1200)
    starts = range(0, len(reference) - size + 1, size // 2)
    if not len(starts):
        return 0.0, 0.0
    lag = _MOST_CENTS // _CENTS
    total, norm = np.zeros(2 * lag + 1), 0.0
    window = hann(size)
    for start in starts:
        a, b = (_tones(sound[start : start + size] * window, f_hz, rate_hz) for sound in (reference, target))
        inner = b[lag:-lag]
        total += np.correlate(a, inner, "valid")
        norm += math.sqrt(float(a @ a) * float(inner @ inner))
    if norm <= 0:
        return 0.0, 0.0
    total /= norm
    place = int(np.argmax(total))
    fraction = 0.0
    if 0 < place < 2 * lag:
        before, here, after = total[place - 1 : place + 2]
        fraction = 0.5 * (before - after) / (before - 2 * here + after)
    return (place - lag + fraction) * _CENTS, float(np.clip(total[place], 0, 1))


def _tones(sound: NDArray[np.float32], f_hz: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
    """Level above its surroundings at these frequencies, never below 0."""
    magnitude = np.abs(fft.rfft(sound))
    if magnitude.max() < 1e-6:
        return np.zeros(len(f_hz))
    bins = f_hz * len(sound) / rate_hz
    place = bins.astype(int)
    share = bins - place
    level = np.log(magnitude + 1e-4 * magnitude.max())
    value = level[place] * (1 - share) + level[place + 1] * share
    width = 200 // _CENTS
    kernel = np.hanning(2 * width + 1)
    around = np.convolve(value, kernel, "same") / np.convolve(np.ones(len(value)), kernel, "same")
    return np.asarray(np.maximum(0, value - around - 0.5))


def _transfer(
    reference: NDArray[np.float32], target: NDArray[np.float32], rate_hz: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(|H| in dB, coherence) at `fine_hz`: H1 = Sxy / Sxx in windows of 8192, each bin by its power in the target."""
    if len(reference) < 4 * _FRAME:
        return np.zeros(0), np.zeros(0)
    xx, yy, xy = _cross(target, reference, _FRAME, _FRAME // 2)
    weights = band_weights(fine_hz(), 1 / 6, _FRAME, rate_hz).astype(np.float64)
    together = (np.abs(xy) ** 2 / np.maximum(xx, 1e-20)) @ weights
    ours, theirs = xx @ weights + 1e-20, yy @ weights + 1e-20
    return 10 * np.log10((together + 1e-20) / ours), np.clip(together / theirs, 0, 1)


def _cross(
    x: NDArray[np.float32], y: NDArray[np.float32], size: int, hop: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.complex128]]:
    """Summed |X|², |Y|² and Y conj(X) of Hann windows."""
    window = hann(size)
    xx, yy = np.zeros(size // 2 + 1), np.zeros(size // 2 + 1)
    xy = np.zeros(size // 2 + 1, np.complex128)
    for start in range(0, len(x) - size + 1, hop):
        a, b = (fft.rfft(s[start : start + size] * window) for s in (x, y))
        xx += a.real**2 + a.imag**2
        yy += b.real**2 + b.imag**2
        xy += b * a.conj()
    return xx, yy, xy


def _reverb_between(reference: NDArray[np.float32], target: NDArray[np.float32], rate_hz: int) -> ReverbEstimate | None:
    """From the impulse response between both: the decay that comes after the direct sound."""
    size = fft.next_fast_len(round(_LONG_S * rate_hz), real=True)
    size += size % 2
    if len(reference) < 3 * size or not target.any():
        return None
    xx, _, xy = _cross(target, reference, size, size // 2)
    response = fft.irfft(xy / (xx + 1e-6 * xx.max()), size)
    return reverb_of(response, rate_hz)


def reverb_of(response: NDArray[np.float64], rate_hz: int) -> ReverbEstimate | None:
    """`response`: circular, the direct sound at 0. None where nothing comes after that."""
    direct = round(_DIRECT_S * rate_hz)
    times = {f: _decay(_octave(response, f, rate_hz), rate_hz) for f in (125.0, 500.0, 1000.0, 2000.0, 8000.0)}
    middle = [t for f in (500.0, 1000.0) if (t := times[f]) is not None]
    if not middle:
        return None
    # above 1 kHz damping shortens a room: the time at 1 kHz is rather that of the octave below than of the one above
    rt60_s = float(np.average([t for t, _ in middle], weights=[c + 1e-6 for _, c in middle]))
    sure = sum(c for _, c in middle) / 2
    band = signal.sosfiltfilt(
        signal.butter(2, [300, min(3000, 0.4 * rate_hz)], "bandpass", fs=rate_hz, output="sos"),
        np.roll(response, len(response) // 2),
    )
    centre = len(band) // 2
    energy = np.square(band)
    noise = float(np.mean(energy[: centre - centre // 4]))
    dry = float(energy[centre - direct : centre + direct].sum()) - 2 * direct * noise
    reach = min(centre - 1, round(rt60_s * rate_hz))
    wet = float(energy[centre + direct : centre + reach].sum()) - (reach - direct) * noise
    if dry <= 0 or wet <= 0:
        return None

    def damping(f_hz: float) -> float:
        found = times[f_hz]
        return 0.0 if found is None else round(float(np.clip(1 - found[0] / rt60_s, 0, 0.9)), 3)

    found = ReverbSettings(
        rt60_s=round(float(np.clip(rt60_s, 0.05, 10)), 3),
        low_damping=damping(125.0),
        high_damping=damping(8000.0) if times[8000.0] is not None else 0.5,
    )
    # the mix is told for a room whose energy is 1 over all frequencies, of which this is a part
    inside = (np.array(fine_hz()) > 400) & (np.array(fine_hz()) < 2500)
    relation = math.sqrt(wet / dry / float(reverb_density(found, rate_hz)[inside].mean()))
    mix = round(relation / (1 + relation), 4)
    return ReverbEstimate(found.model_copy(update={"mix": mix}), round(sure, 3))


def reverb_density(reverb: ReverbSettings, rate_hz: int) -> NDArray[np.float64]:
    """Energy that the made room answers with at `fine_hz`, against a white one's."""
    response = made_response(reverb, rate_hz, 1)[0]
    size = fft.next_fast_len(max(len(response), 16_384), real=True)
    size += size % 2
    power = np.abs(fft.rfft(response, size)) ** 2
    weights = band_weights(fine_hz(), 1 / 2, size, rate_hz)
    return np.asarray(power @ weights / np.maximum(weights.sum(axis=0), 1e-9))


def _octave(response: NDArray[np.float64], f_hz: float, rate_hz: int) -> NDArray[np.float64]:
    """The response in an octave, the direct sound at the middle."""
    high = min(f_hz * 1.414, 0.45 * rate_hz)
    sos = signal.butter(3, [f_hz / 1.414, high], "bandpass", fs=rate_hz, output="sos")
    return np.asarray(signal.sosfiltfilt(sos, np.roll(response, len(response) // 2)))


def _decay(band: NDArray[np.float64], rate_hz: int) -> tuple[float, float] | None:
    """(RT60 in s, confidence) of the part behind the direct sound, by Schroeder's backward integration above noise."""
    centre = len(band) // 2
    energy = np.square(band)
    # what lies before the direct sound is no room: it is how much of the estimate is noise
    noise = float(np.mean(energy[: centre - centre // 4]))
    tail = energy[centre + round(_DENSE_S * rate_hz) :]
    step = max(1, round(0.01 * rate_hz))
    count = len(tail) // step
    means = tail[: count * step].reshape(count, step).mean(axis=1)
    over = means > 3 * noise
    end = int(np.argmin(over)) if not over.all() else count
    if end < 5:
        return None
    kept = np.maximum(means[:end] - noise, 0)
    curve = 10 * np.log10(np.cumsum(kept[::-1])[::-1] + 1e-30)
    curve -= curve[0]
    # the cut-off at `end` bends the curve down: only its upper part is straight
    reach_db = float(10 * np.log10(max(kept[:3].mean(), 1e-30) / max(3 * noise, 1e-30)))
    low = max(-25.0, -0.6 * reach_db)
    chosen = np.flatnonzero((curve <= -1) & (curve >= low))
    if len(chosen) < 4 or reach_db < 8:
        return None
    slope = float(np.polyfit(chosen * step / rate_hz, curve[chosen], 1)[0])
    if slope >= 0:
        return None
    return -60 / slope, float(np.clip((reach_db - 5) / 15, 0, 1))
