"""What major and minor chords and keys look like in chroma: fitted by logistic regression, the same in all twelve keys.

Figures of our own, from 255 pieces of the built-in composer, played with the SoundFont of pretty_midi, and their
scores: `bench harmony --fit 255` makes them, and tells how they do on pieces that were kept out.
"""

from collections.abc import Mapping

Profiles = Mapping[str, tuple[tuple[float, ...], ...]]
"""Rows of twelve weights for `major` and for `minor`."""

CHORD_PROFILES: Profiles = {
    "major": (
        (2.4, -0.1, -0.6, -0.4, 0.3, -0.6, -0.3, 1.5, -0.3, -0.6, -0.4, -0.3),
        (3.3, -2.8, 1.5, -5, 6, -1.8, -2.3, 3.3, -1.3, -3, 1.4, 1.1),
    ),
    "minor": (
        (2.8, -0.1, -0.7, 0.1, -0.5, -1.1, -0.3, 1.4, -0.9, -0.5, -0.5, -0.4),
        (3.4, -2, 1.6, 4.9, -2.3, -1.3, -2.6, 3.6, -3.9, -2.3, 2.5, -1.9),
    ),
}
"""Weight of each pitch class above the root, in the bass and above it."""
KEY_PROFILES: Profiles = {
    "major": (
        (4.8, -0.4, -1, -0.6, 0, 0.2, -1, 0.4, -0.4, -1.4, -1.2, -0.8),
        (2.8, -1, -0.4, -1, 2, -0.6, -1.2, 1.2, -0.6, -1, -1.8, 0.4),
        (9.6, -0.8, -2.4, -1.4, -1.6, 3.6, -0.8, 3.2, -0.6, 0.8, -2.8, -1.2),
        (-0.8, -0.2, 2.2, -0.2, 0.8, -0.4, -0.2, -3, -0.2, 1.4, -0.8, -1.6),
    ),
    "minor": (
        (5.4, -1.2, -0.4, 0, -0.2, -0.6, -0.6, 1.2, 0.2, -0.8, -0.6, -0.2),
        (2, -1.4, 0.6, 1.2, -0.4, -0.2, -0.8, 1.4, 0, -1.2, 0, -0.4),
        (0.8, -2.6, -1.8, -0.6, -1, -3.8, -1.6, 1.4, 3, -1.2, 3, -1.4),
        (9.6, -0.4, -1.2, -0.6, -0.6, 3, -0.4, -2, -0.6, -1, -2.2, -0.6),
    ),
}
"""Weight, above the tonic, of each pitch class in the bass and above it, and of major and minor chords."""
MINOR_CHORD, MINOR_KEY = -0.09, 0.78
"""What is added for minor."""
