"""The form: sections that add up to the bars there are, each with its material and its intensity."""

from collections.abc import Sequence

from engine.generate.composer.score import Section

_SIGNS = {
    "V": ("verse", "A", 0.55),
    "C": ("chorus", "B", 0.82),
    "B": ("bridge", "C", 0.55),
    "S": ("solo", "S", 0.75),
    "G": ("groove", "A", 0.6),
    "U": ("build", "A", 0.6),
    "D": ("drop", "B", 0.92),
    "K": ("breakdown", "C", 0.32),
    "a": ("A", "A", 0.6),
    "b": ("B", "B", 0.78),
    "c": ("C", "C", 0.48),
}
_LONGEST = 8
"""Sections of the longest forms."""
_NAMED = {
    "intro": ("intro", "A", 0.35),
    "outro": ("outro", "A", 0.45),
    "verse": _SIGNS["V"],
    "chorus": _SIGNS["C"],
    "bridge": _SIGNS["B"],
    "solo": _SIGNS["S"],
    "build": _SIGNS["U"],
    "drop": _SIGNS["D"],
    "breakdown": _SIGNS["K"],
}
_SHORT = ("intro", "outro", "build", "breakdown")
_FORMS = {
    "song": ("C", "VC", "VVC", "VCVC", "VVCVC", "VCVCBC", "VVCVCBC", "VVCVCBCC"),
    "club": ("D", "GD", "GUD", "GUDD", "GUDKD", "GUDKUD", "GUDDKUD", "GGUDKUDD"),
    "aaba": ("a", "aa", "aba", "aaba", "aabSa", "aabaSa", "aabaSba", "aabaSSba"),
    "strophic": ("a", "aa", "aba", "aaba", "aabab", "aabaSb", "aabaSab", "aabaSaba"),
    "binary": ("a", "ab", "aab", "aabb", "aabba", "aabbab", "aabbaab", "aabbaabb"),
    "ternary": ("a", "aa", "aba", "aaba", "abaca", "aabaca", "abacaba", "aabacaba"),
    "arch": ("a", "ab", "aba", "aabc", "abcba", "aabcba", "aabbcba", "aabbccba"),
}


_PARTS = {2: "ab", 3: "aba", 4: "abac", 5: "abaca"}


def form(
    bars: int,
    section_bars: int = 4,
    kind: str = "song",
    requested: Sequence[str] = (),
    *,
    parts: int | None = None,
    loop: bool = False,
) -> tuple[Section, ...]:
    """Sections of `bars` bars together. `requested`: two names or more are the form, in that order; a single one has
    its place in the usual form. `parts`: so many parts, two to five, about as long as each other. A `loop` has neither
    an intro nor an outro, for its end is its beginning. A very long piece goes through its form again, the second time
    with other music: its letters have a prime."""
    if bars < 4:
        return (Section("A", "A", bars, 0.7),) if bars else ()
    if len(requested) >= 2:
        return _said(bars, requested)
    if parts in _PARTS and bars >= parts:
        lengths = [(at + 1) * bars // parts - at * bars // parts for at in range(parts)]
        return tuple(_sections(_PARTS[parts], lengths, "binary"))
    unit = section_bars if bars >= section_bars else 4
    edges = 0 if loop else bars % 4 if bars < 12 else 2 + (bars - 2) % 4
    intro = max(edges - edges // 2, 0) if bars >= 8 else 0
    outro = edges - intro
    core = bars - intro - outro
    while unit < 16 and core // unit > 8 and unit != 12:
        unit *= 2
    lengths = [unit] * (core // unit) + ([core % unit] if core % unit else [])
    turns = range(0, len(lengths), _LONGEST)
    signs = "".join(_FORMS[kind][min(_LONGEST, len(lengths) - at) - 1] for at in turns)
    sections = [Section("intro", "A", intro, 0.35)] if intro else []
    sections += _sections(signs, lengths, kind)
    if outro:
        sections.append(Section("outro", "A", outro, 0.45))
    return _with(requested[0], sections) if requested else tuple(sections)


def _sections(signs: str, lengths: list[int], kind: str) -> list[Section]:
    made: list[Section] = []
    for at, (sign, length) in enumerate(zip(signs, lengths, strict=True)):
        name, letter, intensity = _SIGNS[sign]
        before = signs[:at].count(sign)
        letter += "'" * (at // _LONGEST % 2)
        place = (at + 0.5) / len(signs)
        if kind == "arch":
            intensity = 0.4 + 0.55 * (place / 0.7 if place < 0.7 else (1.0 - place) / 0.3)
        elif at == len(signs) - 1 and len(signs) > 2 and sign not in "UK":
            intensity = max(intensity, 0.9)
        else:
            intensity += min(0.12, 0.06 * before)
        made.append(Section(name, letter, length, round(min(1.0, intensity), 2)))
    return made


def _said(bars: int, names: Sequence[str]) -> tuple[Section, ...]:
    """The sections in the order said; edges and transitions get half of what the others get."""
    names = names[:bars]
    shares = [1 if name in _SHORT else 2 for name in names]
    lengths = [max(1, bars * share // sum(shares)) for share in shares]
    while sum(lengths) > bars:
        lengths[lengths.index(max(lengths))] -= 1
    order = sorted(range(len(names)), key=lambda i: (-shares[i], i))
    for i in range(bars - sum(lengths)):
        lengths[order[i % len(order)]] += 1
    return tuple(
        Section(name, letter, length, intensity)
        for (name, letter, intensity), length in zip((_NAMED[n] for n in names), lengths, strict=True)
    )


def _with(name: str, sections: list[Section]) -> tuple[Section, ...]:
    """The usual form with one section of the wished name. A build alone means that the whole piece grows."""
    if name == "build":
        last = max(1, len(sections) - 1)
        grown = [(s, round(0.3 + 0.7 * i / last, 2)) for i, s in enumerate(sections)]
        return tuple(Section(s.name, s.letter, s.bars, level) for s, level in grown)
    if name in (s.name for s in sections):
        return tuple(sections)
    at = {"intro": 0, "outro": len(sections) - 1}.get(name, len(sections) * 2 // 3)
    title, letter, intensity = _NAMED[name]
    sections[at] = Section(title, letter, sections[at].bars, intensity)
    return tuple(sections)
