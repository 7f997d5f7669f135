"""Before and after in one picture, by librosa and matplotlib."""

import io
from typing import TYPE_CHECKING

import librosa
import librosa.display
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, ScalarFormatter
from numpy.typing import NDArray

if TYPE_CHECKING:
    from engine.context import Audio

SIZE = 2048
COLUMNS = 1200
FLOOR_DB, TOP_DB = -110.0, -20.0
MARKED_HZ = (10_000.0, 22_000.0)
HIGHEST_HZ = 24_000.0
LETTERS = 15
"""Size of what is written, points."""


class SpectrogramMeter:
    """The loudest spectrum of each of at most COLUMNS stretches of a stream whose length is known."""

    def __init__(self, samples: int, rate_hz: int) -> None:
        self._hop = SIZE // 2 if samples < 4 * COLUMNS * SIZE else SIZE
        self.rate_hz = rate_hz
        self._frames = max(1, samples // self._hop + 1)
        self.columns = min(COLUMNS, self._frames)
        self._power = np.zeros((SIZE // 2 + 1, self.columns), np.float32)
        self._held = np.zeros(SIZE // 2, np.float32)
        self._at = 0
        self._scale = 2 / (SIZE / 2)

    def add(self, block: "Audio") -> None:
        """The next block, float32 [channels, any]."""
        sound = np.concatenate([self._held, block.mean(axis=0, dtype=np.float32)])
        count = max(0, (len(sound) - SIZE) // self._hop + 1)
        if count:
            piece = sound[: (count - 1) * self._hop + SIZE]
            spectra = np.abs(librosa.stft(piece, n_fft=SIZE, hop_length=self._hop, center=False))
            places = np.minimum((self._at + np.arange(count)) * self.columns // self._frames, self.columns - 1)
            np.maximum.at(self._power.T, places, np.square(spectra.T * self._scale))
            self._at += count
        self._held = sound[count * self._hop :]

    def levels_db(self) -> NDArray[np.float32]:
        """float32 [SIZE / 2 + 1, columns], dB of full scale."""
        if self._held.size:
            self.add(np.zeros((1, SIZE), np.float32))
            self._held = np.zeros(0, np.float32)
        return np.asarray(librosa.power_to_db(self._power, ref=1.0, amin=1e-12, top_db=None), np.float32)


def picture(before: SpectrogramMeter, after: SpectrogramMeter, duration_s: float, cutoff_hz: float) -> bytes:
    """A PNG: two spectrograms under each other, MARKED_HZ between dashed lines and the cut-off as a thin one.

    Its letters can be read on a phone, where it is a third as large.
    """
    figure = Figure(figsize=(7.2, 7.6), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    plots = figure.subplots(2, 1, sharex=True)
    for plot, sound, name in zip(plots, (before, after), ("before", "after"), strict=True):
        shown = librosa.display.specshow(
            sound.levels_db(), sr=sound.rate_hz, x_coords=np.linspace(0, duration_s, sound.columns + 1),
            y_coords=np.linspace(0, sound.rate_hz / 2, SIZE // 2 + 2), x_axis=None, y_axis=None, ax=plot, cmap="magma",
            vmin=FLOOR_DB, vmax=TOP_DB,
        )  # fmt: skip
        plot.set_ylim(0, HIGHEST_HZ)
        plot.set_yticks([0, 5000, 10_000, 15_000, 20_000], ["0", "5", "10", "15", "20"])
        plot.set_ylabel(f"{name}, kHz", fontsize=LETTERS)
        plot.tick_params(labelsize=LETTERS)
        for hz in MARKED_HZ:
            plot.axhline(hz, color="white", linestyle="--", linewidth=0.8)
        plot.axhline(cutoff_hz, color="cyan", linewidth=0.9)
        plot.axhspan(*MARKED_HZ, color="white", alpha=0.06)
    plots[1].xaxis.set_major_locator(MaxNLocator(5))
    plots[1].xaxis.set_major_formatter(ScalarFormatter())
    plots[1].set_xlabel("s", fontsize=LETTERS)
    levels = figure.colorbar(shown, ax=plots, location="bottom", aspect=50)
    levels.set_ticks([-100, -80, -60, -40, -20])
    levels.ax.tick_params(labelsize=LETTERS)
    levels.set_label("dBFS", fontsize=LETTERS)
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()
