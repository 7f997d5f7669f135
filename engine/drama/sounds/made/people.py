"""What people make heard without words: murmur, applause, a heart, a sigh."""

import numpy as np
from scipy.fft import irfft, rfft

from engine.audio.block import Audio
from engine.drama.sounds.made.studio import Canvas, Colour, Curve, Studio, band, peaks
from engine.drama.sounds.made.throat import Formant, bend, voice

_VOWELS = (
    (730, 1250, 2500), (520, 1800, 2550), (300, 2250, 2950), (500, 900, 2450), (330, 800, 2300), (500, 1480, 2500),
    (640, 1650, 2450),
)  # fmt: skip
"""First three formants, Hz (Peterson and Barney, 1952, rounded)."""


def _vowel(studio: Studio, size: float) -> list[Formant]:
    """One of them, of a throat that is shorter by `size`."""
    chosen = _VOWELS[int(studio.rng.integers(len(_VOWELS)))]
    return [(hz * size, 50 + 0.05 * hz, gain) for hz, gain in zip(chosen, (1.0, 0.9, 0.65), strict=True)]


def _syllables(studio: Studio, pitch_hz: float, size: float, count: int) -> list[Curve]:
    """Syllables of one speaker: a consonant's hiss or stop, a vowel that glides."""
    rng = studio.rng
    made: list[Curve] = []
    for _ in range(count):
        length_s = rng.uniform(0.08, 0.2)
        hz = pitch_hz * bend(studio, length_s, (0, rng.uniform(0.85, 1.3)), (1, rng.uniform(0.7, 1.1)))
        formants = _vowel(studio, size)
        vowel = voice(studio, hz, formants, 0.12, 0.02) * bend(studio, length_s, (0, 0), (0.25, 1), (0.7, 0.8), (1, 0))
        if rng.random() < 0.7:
            hiss = studio.burst(length_s, band(1500, 6500), 0.025, 0.008) * rng.uniform(0.05, 0.25)
            vowel = vowel + hiss
        made.append(vowel)
    return made


def talk(loop: Canvas, speakers: int, gain: float, *, muffle_hz: float, excited: float) -> None:
    """So many people who speak in turns of their own, farther and nearer, to all sides."""
    studio, rng = loop.studio, loop.studio.rng
    voices = []
    for number in range(min(8, speakers)):
        female = number % 2
        pitch_hz = rng.uniform(175, 240) if female else rng.uniform(90, 145)
        syllables = _syllables(studio, pitch_hz * (1 + 0.35 * excited), 1.16 if female else 1.0, 14)
        voices.append([studio.filtered(each, band(120, muffle_hz, steep=2)) for each in syllables])
    hisses = [studio.burst(0.09, studio.some_band(1500, 7000), rng.uniform(0.012, 0.03), 0.006) for _ in range(8)]
    for number in range(speakers):
        own = voices[number % len(voices)]
        near, pan = rng.uniform(0.15, 1) ** 1.3, rng.uniform(-0.95, 0.95)
        at_s, end_s = rng.uniform(0, 3), loop.seconds
        while at_s < end_s:
            count, key = int(rng.integers(3, 16)), float(np.exp(rng.normal(0, 0.12)))
            for each in range(count):  # a phrase falls, and no two of its syllables have one pitch
                pitch = key * (1.12 - 0.25 * each / count) * float(np.exp(rng.normal(0, 0.06)))
                spoken = _faster(own[int(rng.integers(len(own)))], pitch)
                loop.place(spoken, at_s, gain * near * rng.uniform(0.35, 1), pan)
                if rng.random() < 0.5:
                    loop.place(hisses[int(rng.integers(8))], at_s, gain * near * rng.uniform(0.1, 0.5), pan)
                at_s += rng.uniform(0.12, 0.26) / (1 + 0.2 * excited)
            at_s += rng.exponential(1.6) + 0.25


def _faster(sound: Curve, factor: float) -> Curve:
    """Played so much faster, and higher."""
    return np.asarray(np.interp(np.arange(0, len(sound) - 1, factor), np.arange(len(sound)), sound))


def crowd(studio: Studio, *, people: float, excitement: float) -> Audio:
    """A murmur: many voices whose words nobody can tell, in a room that smears them."""
    loop = studio.loop()
    talk(loop, round(people), 0.3, muffle_hz=2600 + 1500 * excitement, excited=excitement)
    smear(loop, 0.7)
    loop.add(loop.noise(band(90, 900, slope=1.2), 0.9), 0.03 * (1 + 0.25 * loop.slow(0.3)))
    return loop.audio


def smear(loop: Canvas, share: float) -> None:
    """The answer of a room, all around: noise of half a second folded with what is there."""
    for side in range(2):
        answer = loop.studio.burst(0.6, band(150, 6000, slope=0.2), 0.13, 0.015).astype(np.float32)
        answer = np.pad(answer / np.sqrt(np.sum(answer**2)), (0, max(0, loop.samples - len(answer))))[: loop.samples]
        wet = irfft(rfft(loop.audio[side]) * rfft(answer), loop.samples)
        loop.audio[side] = (1 - share) * loop.audio[side] + share * wet


def cafe(studio: Studio, *, people: float, dishes: float) -> Audio:
    """Talk at the tables, cups on saucers, cutlery, now and then steam."""
    loop = studio.loop()
    rng = studio.rng
    talk(loop, round(people), 0.28, muffle_hz=3200, excited=0.1)
    cups = []
    for _ in range(18):
        hz = rng.uniform(1900, 5200)
        modes = [
            (hz, rng.uniform(0.02, 0.09), 1),
            (1.52 * hz, 0.04, 0.7),
            (2.44 * hz, 0.025, 0.45),
            (3.6 * hz, 0.012, 0.25),
        ]
        cups.append(studio.ring(modes, 0.35, 0.0004) + 0.2 * studio.burst(0.35, band(2000, 9000), 0.003, 0.0003))
    for at_s in loop.chances(0.55 * dishes):
        pan, gain = rng.uniform(-0.9, 0.9), rng.uniform(0.02, 0.11)
        for late_s in np.cumsum(rng.exponential(0.09, int(rng.integers(1, 5)))):
            loop.place(cups[int(rng.integers(18))], at_s + float(late_s), gain * rng.uniform(0.4, 1), pan)
    for at_s in loop.chances(0.07):
        loop.place(
            studio.burst(rng.uniform(0.25, 0.5), band(180, 900, slope=1), 0.4, 0.05), at_s, 0.12, rng.uniform(-0.8, 0.8)
        )
    for at_s in loop.chances(0.03 * dishes):
        steam = studio.burst(rng.uniform(1.2, 2.6), band(2500, 9000, slope=0.4), 1.2, 0.15)
        loop.place(steam, at_s, 0.035, rng.uniform(-0.5, 0.5))
    smear(loop, 0.45)
    loop.add(loop.noise(band(60, 700, slope=1.2), 0.9), 0.03)
    return loop.audio


def market(studio: Studio, *, people: float) -> Audio:
    """An open square: louder voices, calls, steps, carts, no walls."""
    loop = studio.loop()
    rng = studio.rng
    talk(loop, round(people), 0.22, muffle_hz=4200, excited=0.5)
    criers = [_syllables(studio, rng.uniform(170, 290), rng.uniform(1, 1.15), 12) for _ in range(3)]
    for at_s in loop.chances(0.14):  # over the others: louder, higher, the last syllable drawn out
        own, pan, gain = criers[int(rng.integers(3))], rng.uniform(-0.9, 0.9), rng.uniform(0.06, 0.16)
        count = int(rng.integers(2, 6))
        for each in range(count):
            last = each == count - 1
            called = _faster(
                own[int(rng.integers(12))], float(rng.uniform(0.55, 0.75) if last else rng.uniform(0.95, 1.3))
            )
            loop.place(called, at_s, gain, pan)
            at_s += rng.uniform(0.13, 0.24)
    feet = [studio.burst(0.06, band(200, 3000, slope=1), 0.01, 0.001) for _ in range(8)]
    loop.scatter(feet, 7, gain=0.05, heavy=3)
    wood = [studio.ring([(hz, 0.03, 1), (2.4 * hz, 0.02, 0.6)], 0.15) for hz in rng.uniform(150, 500, 8)]
    loop.scatter(wood, 0.6, gain=0.06)
    loop.add(loop.noise(band(100, 3000, slope=1.2), 1), 0.02)
    return loop.audio


def applause(studio: Studio, *, people: float, duration: float) -> Audio:
    """Hands: every pair claps at a pace of its own; it swells, and thins out."""
    rng = studio.rng
    seconds = duration if studio.wanted_s is None else studio.wanted_s
    canvas = studio.canvas(seconds + 0.3)
    hands = []
    for _ in range(24):
        palm = band(rng.uniform(500, 1100), rng.uniform(2200, 5000), steep=2)
        hands.append(studio.burst(0.05, palm, rng.uniform(0.004, 0.009), 0.0004))
    for _ in range(max(1, round(people))):
        own, pan, near = int(rng.integers(24)), rng.uniform(-0.95, 0.95), rng.uniform(0.15, 1) ** 1.5
        pace_s = rng.uniform(0.19, 0.3)
        at_s, end_s = rng.gamma(2, 0.06 * min(seconds, 5)), seconds * rng.uniform(0.72, 0.99)
        while at_s < end_s:
            canvas.place(hands[own], at_s, near * rng.uniform(0.6, 1), pan)
            at_s += pace_s * rng.uniform(0.92, 1.08)
    wash = bend(studio, canvas.seconds, (0, 0), (0.12, 1), (0.7, 0.8), (1, 0))
    wash = np.interp(np.linspace(0, 1, canvas.samples), np.linspace(0, 1, len(wash)), wash)
    canvas.add(canvas.noise(band(700, 4500, slope=0.5), 1), wash * 0.012 * np.sqrt(people))
    return canvas.audio


def heartbeat(studio: Studio, *, beats_per_min: float, count: float) -> Audio:
    """Lub and dub: valves that close, as a chest lets them through; the second a third of a second later."""
    rng = studio.rng
    apart_s = 60 / beats_per_min
    number = max(1, round(count)) if studio.wanted_s is None else max(1, int(studio.wanted_s / apart_s))
    canvas = studio.canvas(number * apart_s + 0.4)
    systole_s = min(0.32, 0.42 * apart_s**0.5 * apart_s**0.15)
    for each in range(number):
        for late_s, hz, gain, decay_s in ((0.0, 46, 1.0, 0.055), (systole_s, 60, 0.7, 0.04)):
            t = studio.time(0.3)
            tone = np.sin(2 * np.pi * hz * t * (1 - 0.35 * t)) + 0.5 * np.sin(2 * np.pi * 2.1 * hz * t)
            thump = tone * np.exp(-t / decay_s) * np.minimum(t / 0.012, 1)
            skin = 0.12 * studio.burst(0.3, band(60, 320, slope=1), decay_s, 0.008)
            canvas.place(
                thump + skin, 0.02 + each * apart_s + late_s + rng.normal(0, 0.004), gain * rng.uniform(0.92, 1)
            )
    return canvas.audio


def _mouth(size: float) -> Colour:
    """Breath through an open mouth: its resonances stand out of the hiss."""
    hiss, mouth = band(350, 4500, slope=0.8), peaks((620 * size, 300, 1.5), (1350 * size, 500, 1))
    return lambda hz: hiss(hz) * (0.3 + mouth(hz))


def sigh(studio: Studio, *, duration: float) -> Audio:
    """A breath goes in, and longer out, through a mouth."""
    canvas = studio.canvas(duration + 0.2)
    rng = studio.rng
    size = rng.uniform(0.95, 1.15)
    inward, outward = 0.32 * duration, 0.6 * duration
    breath = studio.burst(inward, band(900 * size, 5200, slope=0.6), 99) * bend(
        studio, inward, (0, 0), (0.7, 1), (1, 0)
    )
    canvas.place(breath, 0.02, 0.35)
    t = studio.time(outward)
    shape = bend(studio, outward, (0, 0), (0.12, 1), (0.5, 0.55), (1, 0))
    out = studio.burst(outward, _mouth(size), 99)
    hz = 170 * size * bend(studio, outward, (0, 1.1), (1, 0.7))
    tone = voice(studio, hz[: len(t)], ((620 * size, 120, 1), (1350 * size, 200, 0.3)), 0.3, 0.01)
    canvas.place(
        (out * 0.8 + 0.25 * tone * np.exp(-t / (0.35 * outward))) * shape, 0.02 + inward + 0.05 * duration, 1.0
    )
    return canvas.audio
