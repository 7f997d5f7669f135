"""What major and minor chords and keys look like in chroma: fitted by logistic regression, the same in all twelve keys.

Figures of our own, from 255 pieces of the built-in composer, played with two SoundFonts, and their scores;
`benchmarks/harmony.py` makes them and tells how they do on pieces that were kept out.
"""

from collections.abc import Mapping

Profiles = Mapping[str, tuple[tuple[float, ...], ...]]
"""Rows of twelve weights for `major` and for `minor`."""

CHORD_PROFILES: Profiles = {
    "major": (
        (2.6, -0.2, -0.7, -0.7, 0.3, -0.7, -0.4, 1.6, -0.2, -0.7, -0.3, -0.2),
        (3.3, -2.6, 1.6, -5, 5.9, -1.5, -2.3, 3.1, -1.5, -3.1, 1.2, 1.2),
    ),
    "minor": (
        (2.9, -0.1, -0.4, 0.3, -0.6, -1, -0.3, 1.3, -0.9, -0.6, -0.6, -0.3),
        (3.4, -2, 1.6, 4.9, -2.6, -1.3, -2.6, 3.5, -4, -2.3, 2.6, -1.8),
    ),
}
"""Weight of each pitch class above the root, in the bass and above it."""
KEY_PROFILES: Profiles = {
    "major": (
        (3.9, -0.2, -1.3, -0.9, -0.1, 0.5, -0.7, 0.8, -0.4, -1.5, -0.8, -1),
        (2.7, -0.9, -0.2, -0.9, 2.3, -0.7, -1.3, 1.1, -0.5, -1.1, -1.9, 0.4),
        (9.4, -1, -2.8, -1.4, -2.1, 3.6, -0.6, 3, -0.9, 1, -3.3, -1.1),
        (-0.6, -0.2, 2.1, -0.3, 0.3, -0.6, -0.4, -3.2, -0.3, 1.7, -0.8, -1.5),
    ),
    "minor": (
        (5.9, -1.2, -0.5, -0.3, 0.1, 0, -1, 0.6, -0.1, -0.8, -0.7, -0.4),
        (2, -1.3, 0.6, 1.2, -0.6, -0.4, -0.7, 1.4, 0.1, -1.2, 0.2, -0.4),
        (0.9, -2.4, -1.9, -0.4, -1, -3.6, -1.6, 1.7, 3.3, -1.1, 3.3, -1.3),
        (9, -0.4, -0.9, -0.5, -0.8, 3.3, -0.3, -1.7, -0.5, -0.8, -2.2, -0.4),
    ),
}
"""Weight, above the tonic, of each pitch class in the bass and above it, and of major and minor chords."""
MINOR_CHORD, MINOR_KEY = -0.08, 0.28
"""What is added for minor."""
