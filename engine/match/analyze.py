"""What a sound is like: `analyze_features`, one pass over blocks of any size in bounded memory."""

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from engine.audio.block import Audio, as_blocks, checked, regroup
from engine.audio.channels import for_two_ears
from engine.audio.layouts import Layout, as_layout
from engine.audio.loudness_curve import ABSOLUTE_LUFS, HOP_S, LoudnessCurve, audible_short_term
from engine.match.features import (
    FLOOR_DB,
    MAX_POINTS,
    OCTAVES_HZ,
    Dynamics,
    Features,
    LoudnessFeatures,
    Mel,
    MsEnergy,
    OctaveDynamics,
    Spectrum,
    Statistics,
    Stereo,
    StereoBand,
    Stft,
    fine_hz,
    third_octaves_hz,
)
from engine.match.noise import Quietest, noise_db
from engine.match.pitch_track import Excerpts, mid_of, tempo_of, track_f0
from engine.match.reverberation import BANDS_HZ, listen
from engine.match.spectrum import (
    Bank,
    LevelStatistics,
    band_weights,
    below_cutoff_db,
    cross_spectra,
    decibels,
    hann,
    mel_weights,
    rounded,
    sine_scale,
)

WIN, HOP = 2048, 1024
LONG = 16_384
"""Window of the long-term spectra; it advances by half of itself."""
N_MELS = 128
NEAR_SILENCE_DBTP = ABSOLUTE_LUFS
"""A peak under the gate of BS.1770 is nothing to hear."""
_BLOCK = 32 * LONG // 4
_MOST_ONSETS = 12_000
Tick = Callable[[int], None]


def analyze_features(
    audio: Audio | Iterable[Audio],
    rate_hz: int,
    layout: Layout | int,
    *,
    f0: bool = False,
    tempo: bool = False,
    tick: Tick | None = None,
) -> Features:
    """`audio`, float32 [channels, samples] or blocks of it, at `rate_hz`, of this layout or number of channels.

    Spectra, dynamics and reverberation are those of the mid signal of what two ears hear of it (the only channel of
    mono, the mean of channels that have no places); loudness and peaks are those of all channels. `f0` and `tempo` take
    seconds more. `tick` is told how many samples more were heard. The result does not depend on how the sound was cut.
    Raises INVALID_INPUT `not_finite`; ValueError for a wrong shape.
    """
    layout = as_layout(layout)
    analyzer = _Analyzer(rate_hz, layout, f0=f0, tempo=tempo)
    for block in regroup(checked(as_blocks(audio), layout.channels), _BLOCK):
        analyzer.add(block)
        if tick is not None:
            tick(block.shape[1])
    return analyzer.features()


def is_silent(features: Features) -> bool:
    """Whether there is next to nothing to hear: no style can be taken from it, and none can be given to it."""
    faint = features.tp_db is None or features.tp_db < NEAR_SILENCE_DBTP
    return faint or (features.lufs.integrated is None and len(features.lufs.momentary) > 0)


class _Analyzer:
    def __init__(self, rate_hz: int, layout: Layout, *, f0: bool, tempo: bool) -> None:
        self._rate_hz, self._layout = rate_hz, layout
        self._curve = LoudnessCurve(rate_hz, layout)
        self._excerpts = Excerpts(rate_hz) if f0 else None
        self._onsets: list[float] | None = [] if tempo else None
        self._pair = 2 if layout.pairs[:1] == ((0, 1),) else 1
        self._short, self._long = np.zeros((1, 0), np.float32), np.zeros((self._pair, 0), np.float32)
        self._window, self._long_window = hann(WIN), hann(LONG)
        self._long_scale = sine_scale(self._long_window)
        octaves = [f for f in OCTAVES_HZ if f < rate_hz / 2]
        self._octaves = octaves
        self._mel_hz, mel = mel_weights(N_MELS, WIN, rate_hz)
        parts = [band_weights(third_octaves_hz(), 1 / 3, WIN, rate_hz), mel, band_weights(octaves, 1, WIN, rate_hz)]
        whole = np.ones((WIN // 2 + 1, 1), np.float32)
        self._bank = Bank(np.concatenate([*parts, whole], axis=1) * np.float32(sine_scale(self._window)))
        self._cuts = np.cumsum([0, *(part.shape[1] for part in parts), 1])
        self._levels = LevelStatistics(self._bank.bands)
        self._quietest = Quietest(self._cuts[1])
        self._decays: list[NDArray[np.float32]] = []
        self._mel_before: NDArray[np.float64] | None = None
        self._cross = np.zeros((4, LONG // 2 + 1))  # L², R², Re and Im of L conj R
        self._long_frames = 0
        self._sums, self._pair_sums = np.zeros(layout.channels), np.zeros(self._pair)

    def add(self, block: Audio) -> None:
        self._curve.add(block)
        self._sums += block.sum(axis=1, dtype=np.float64)
        ears = for_two_ears(block, self._layout)
        mid = mid_of(ears)
        if self._excerpts is not None:
            self._excerpts.add(mid)
        self._short = self._frames(np.concatenate([self._short, mid[None]], axis=1), WIN, HOP, self._analyze_short)
        pair = ears if self._pair == 2 else mid[None]
        self._pair_sums += pair.sum(axis=1, dtype=np.float64)
        self._long = self._frames(np.concatenate([self._long, pair], axis=1), LONG, LONG // 2, self._analyze_long)

    @staticmethod
    def _frames(sound: Audio, size: int, hop: int, analyze: Callable[[Audio], None]) -> Audio:
        """Gives all whole windows, [channels, frames, size], to `analyze`; returns what the next ones begin with."""
        count = (sound.shape[1] - size) // hop + 1
        if count < 1:
            return sound
        analyze(np.lib.stride_tricks.sliding_window_view(sound, size, axis=1)[:, : count * hop : hop])
        return sound[:, count * hop :].copy()

    def _analyze_short(self, frames: Audio) -> None:
        power = self._bank.power(fft.rfft(frames[0] * self._window, axis=1))
        self._levels.add(power)
        self._quietest.add(power[:, : self._cuts[1]], power[:, -1])
        octaves = power[:, self._cuts[2] : self._cuts[3]]
        decay_bands = [number for number, f_hz in enumerate(self._octaves) if f_hz in BANDS_HZ]
        self._decays.append(octaves[:, decay_bands].astype(np.float32))
        if self._onsets is not None and len(self._onsets) < _MOST_ONSETS:
            mel = decibels(power[:, self._cuts[1] : self._cuts[2]] + 1e-9)
            before = mel[:1] if self._mel_before is None else self._mel_before
            self._onsets += np.maximum(0, np.diff(np.concatenate([before, mel]), axis=0)).mean(axis=1).tolist()
            self._mel_before = mel[-1:]

    def _analyze_long(self, frames: Audio) -> None:
        self._long_frames += frames.shape[1]
        spectra = fft.rfft(frames * self._long_window, axis=2)
        cross_spectra(spectra, self._cross)

    def features(self) -> Features:
        if self._curve.samples == 0:
            raise ValueError("nothing to hear")
        self._flush()
        self._curve.finish()
        total = self._curve.total()
        statistics = self._levels.statistics()
        decay_bands = np.concatenate(self._decays) if self._decays else np.zeros((0, len(BANDS_HZ)), np.float32)
        thirds, mels = slice(self._cuts[0], self._cuts[1]), slice(self._cuts[1], self._cuts[2])
        silent = not total[2:].any()
        return Features(
            duration_s=round(self._curve.samples / self._rate_hz, 6),
            rate_hz=self._rate_hz,
            channels=self._layout.channels,
            stft=Stft(
                win=WIN,
                hop=HOP,
                frames=self._levels.frames,
                f_hz=rounded(third_octaves_hz(), 2),
                mag_db_stats=_part(statistics, thirds),
            ),
            mel=Mel(n_mels=N_MELS, f_hz=rounded(self._mel_hz, 2), stats=_part(statistics, mels)),
            spectrum=self._spectrum(third_octaves_hz(), 1 / 3),
            fine=self._spectrum(fine_hz(), 1 / 6),
            lufs=self._lufs(),
            tp_db=None if silent else round(_db(self._curve.true_peak() ** 2), 3),
            peak_db=None if silent else round(_db(float(self._curve.sample_peaks.max()) ** 2), 3),
            dynamics=self._dynamics(total[2:]),
            f0=None if self._excerpts is None else track_f0(self._excerpts),
            stereo=self._stereo(total) if self._pair == 2 else None,
            reverb=listen(decay_bands, HOP / self._rate_hz),
            tempo=None if self._onsets is None else tempo_of(np.array(self._onsets), HOP / self._rate_hz),
            offsets=rounded(self._sums / self._curve.samples, 7),
            subsonic_db=self._subsonic_db(),
            noise_db=() if silent else rounded(noise_db(self._quietest, self._levels, thirds), 2),
            noise_floor_db=None if silent else round(float(self._levels.percentile_db(0.05)[-1]) - 3.01, 1),
        )

    def _flush(self) -> None:
        """A sound shorter than a window is heard in one that is filled up."""
        if not self._levels.frames:
            self._frames(_filled(self._short, WIN), WIN, HOP, self._analyze_short)
        if not self._long_frames:
            self._frames(_filled(self._long, LONG), LONG, LONG, self._analyze_long)

    def _mid_side(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean |rfft|² of mid and side, scaled: [bins] each."""
        scale = self._long_scale / max(1, self._long_frames)
        left, right, both = self._cross[:3]
        if self._pair == 1:
            return left * scale, np.zeros_like(left)
        return (left + right + 2 * both) * scale / 4, np.maximum(0, left + right - 2 * both) * scale / 4

    def _subsonic_db(self) -> float | None:
        power = (self._cross[0] + (self._cross[1] if self._pair == 2 else 0)) * self._long_scale
        means = self._pair_sums / self._curve.samples
        # of an offset a Hann window leaves the middle, and half as much of an amplitude in the bin beside it
        offset = 1.25 * float(np.square(means).sum()) * float(self._long_window.sum(dtype=np.float64)) ** 2
        offset_power = offset * self._long_scale * self._long_frames
        return below_cutoff_db(power, np.arange(len(power)) * self._rate_hz / LONG, offset_power)

    def _spectrum(self, f_hz: Sequence[float], octaves: float) -> Spectrum:
        weights = band_weights(f_hz, octaves, LONG, self._rate_hz)
        mid, side = (decibels(power @ weights) for power in self._mid_side())
        return Spectrum(f_hz=rounded(f_hz, 2), mid_db=rounded(mid), side_db=rounded(side))

    def _lufs(self) -> LoudnessFeatures:
        loudness = self._curve.loudness()
        width = max(1, -(-len(loudness.momentary) // MAX_POINTS))
        momentary = [_finite(loudness.momentary[n : n + width].max()) for n in range(0, len(loudness.momentary), width)]
        short = [_finite(value) for value in loudness.short_term[::width]]
        audible = audible_short_term(loudness.short_term)
        return LoudnessFeatures(
            integrated=_finite(loudness.integrated),
            range_lu=_finite(loudness.range_lu),
            step_s=round(width * HOP_S, 3),
            short_term=tuple(short),
            momentary=tuple(momentary),
            short_term_p50=_finite(np.percentile(audible, 50)) if len(audible) else None,
            short_term_p95=_finite(np.percentile(audible, 95)) if len(audible) else None,
        )

    def _dynamics(self, energy: NDArray[np.float64]) -> Dynamics:
        crest = [
            _db(float(peak) ** 2 / mean)
            for peak, mean in zip(self._curve.sample_peaks, energy, strict=True)
            if mean > 0 and peak > 0
        ]
        place = slice(self._cuts[2], self._cuts[3])
        columns = [
            self._levels.mean_db()[place],
            *(self._levels.percentile_db(share)[place] for share in (0.999, 0.5, 0.95)),
        ]
        bands = tuple(
            OctaveDynamics(
                f_hz=f_hz,
                level_db=round(float(mean), 2),
                crest_db=round(max(0.0, float(top - mean)), 2),
                spread_db=round(max(0.0, float(loud - middle)), 2),
            )
            for f_hz, mean, top, middle, loud in zip(self._octaves, *columns, strict=True)
        )
        return Dynamics(crest_db=round(sum(crest) / len(crest), 3) if crest else None, bands=bands)

    def _stereo(self, total: NDArray[np.float64]) -> Stereo:
        steps = self._curve.steps()
        width = max(1, -(-len(steps) // MAX_POINTS))
        mid, side = _ms(total)
        means = [steps[n : n + width].mean(axis=0) for n in range(0, len(steps), width)]
        curves = np.array([_ms(mean) for mean in means]).reshape(-1, 2)
        left, right = total[2], total[3]
        weights = band_weights(self._octaves, 1, LONG, self._rate_hz)
        e_left, e_right, real, imaginary = self._cross @ weights
        bands = []
        for number, f_hz in enumerate(self._octaves):
            product = e_left[number] * e_right[number]
            middle = (e_left[number] + e_right[number]) / 4 + real[number] / 2
            beside = max(0.0, (e_left[number] + e_right[number]) / 4 - real[number] / 2)
            audible = product > 0
            correlation = real[number] / math.sqrt(product) if audible else 0.0
            coherence = (real[number] ** 2 + imaginary[number] ** 2) / product if audible else 0.0
            ratio = round(_db(beside / middle), 2) if middle > 0 and beside > 0 else None
            bands.append(
                StereoBand(
                    f_hz=f_hz,
                    side_to_mid_db=ratio,
                    correlation=round(max(-1.0, min(1.0, float(correlation))), 4),
                    coherence=round(min(1.0, float(coherence)), 4),
                )
            )
        return Stereo(
            ms_energy=MsEnergy(
                mid_db=round(_db(mid), 2),
                side_db=round(_db(side), 2),
                step_s=round(width * HOP_S, 3),
                mid_db_curve=rounded(decibels(curves[:, 0]), 2),
                side_db_curve=rounded(decibels(curves[:, 1]), 2),
            ),
            width=round(side / mid, 5) if mid > 0 else 0.0,
            balance=round((right - left) / (right + left), 5) if right + left > 0 else 0.0,
            coherence=tuple(bands),
        )


def _part(statistics: Statistics, place: slice) -> Statistics:
    return Statistics(**{name: values[place] for name, values in statistics})


def _filled(sound: Audio, size: int) -> Audio:
    return np.pad(sound, ((0, 0), (0, max(0, size - sound.shape[1]))))


def _ms(means: NDArray[np.float64]) -> tuple[float, float]:
    """Mean squares of mid and side from the columns of `LoudnessCurve.steps`."""
    both, cross = (means[2] + means[3]) / 4, means[1] / 2
    return max(0.0, float(both + cross)), max(0.0, float(both - cross))


def _db(power: float) -> float:
    return max(FLOOR_DB, 10 * math.log10(power)) if power > 0 else FLOOR_DB


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(float(value), 3)
