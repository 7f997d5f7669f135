"""What a track's stems say of it: voices by the vocals, drums and bass by theirs, other instruments by the rest.

Genre, mood and era stay what the whole sounds like: they are made by all of it. So do tempo and key: of 29 pieces with
drums the drums alone gave a wrong tempo in 7, the whole in 3, and the key without drums was wrong in 0, with them in 1.

In 41 pieces of 20 s by the composer, with its own stems, instruments were right with an F1 of 0.54 by the whole and of
0.80 by vocals, drums, bass and the rest, 0.83 with melody and harmony apart; in 14 of them, split by htdemucs, of 0.50
and 0.75. There the whole told drums right in 9 and their stem in 13, and heard none of 3 choirs, which vocals all did.

musicnn learned from mixes and hears more in a stem alone than there is: what is said is the geometric mean of the stem
and the whole, which gave 0.62 for the other instruments against 0.54 by the stem alone and 0.60 by the whole.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from engine.tag.ears import DRUMS, VOCALS, StemListeners
from engine.tag.facts import StemFact, TagFact, TrackFacts
from engine.tag.fusion import tag_facts
from engine.tag.gate.presence import SUNG, Presence
from engine.tag.labels import LEAST_LIFT, Tag, chosen, tags
from engine.tag.level import LevelCurve
from engine.tag.musicnn.engine import Heard
from engine.tag.notes.heard import HeardNote

BASS = "bass"
_WHOLE = ({VOCALS, DRUMS, BASS, "other"}, {VOCALS, "instrumental"})
HEARD_DB = -35.0
"""A stem that lies further below the whole is what its model left in it by mistake."""
HEARD_SHARE = 0.05
AGREED = 0.1
"""Less of a score than this is left unsaid where whole and stem are asked."""
_BY_PRESENCE = {DRUMS: "drums", BASS: "bass"}
_APART = ("drums", "percussion")
"""What drums tell that are a stem of their own."""
_TOGETHER = "instrumental"
"""A stem of all that is not sung: it tells drums and bass as it tells other instruments."""


def whole(names: Collection[str], *, composed: bool) -> bool:
    """Whether stems of these names are all of their track: those of a composed piece are, and those of a split that
    left nothing out."""
    return bool(names) and (composed or any(wanted <= set(names) for wanted in _WHOLE))


@dataclass(frozen=True)
class HeardStem:
    """What was heard in a stem; `presence` of vocals alone."""

    level: LevelCurve
    tagged: Heard
    presence: Presence | None
    notes: tuple[HeardNote, ...]

    @classmethod
    def of(cls, heard: StemListeners) -> "HeardStem":
        return cls(
            heard.level.result(),
            heard.tags.result(),
            heard.presence.result() if heard.presence else None,
            heard.notes.result() if heard.notes else (),
        )

    def is_there(self, all_of_it: LevelCurve) -> bool:
        """Whether it is more than its model's mistakes; vocals are where somebody sings."""
        level_db = self.level.against_db(all_of_it)
        if level_db is None or level_db < HEARD_DB or self.level.active_share(all_of_it) < HEARD_SHARE:
            return False
        return self.presence is None or self.presence.share("singing") >= SUNG


def notes_by_stem(stems: Mapping[str, HeardStem], all_of_it: LevelCurve) -> dict[str, tuple[HeardNote, ...]]:
    """The notes of the stems that are there."""
    return {name: stem.notes for name, stem in stems.items() if stem.notes and stem.is_there(all_of_it)}


def enhanced(facts: TrackFacts, mix: HeardStem, stems: Mapping[str, HeardStem], top_k: int) -> TrackFacts:
    """The facts of the whole, which was heard as `mix`, with what its stems know better."""
    all_of_it = mix.level
    there = {name: stem for name, stem in stems.items() if stem.is_there(all_of_it)}
    apart = () if _TOGETHER in stems else _APART
    decided = [*_voice(stems, there, top_k), *_instruments(there, mix, top_k, apart)]
    taken = {tag.name for tag in decided} | {*apart, *((BASS, "bass guitar") if apart else ())}
    from_whole = _besides(facts.tags or (), taken, sung=VOCALS in there)
    sound = facts.sound
    if sound is not None and sound.kind in ("music", "song"):
        sound = sound.model_copy(update={"kind": "song" if VOCALS in there else "music"})
    return facts.model_copy(
        update={
            "sound": sound,
            "tags": [*decided, *from_whole],
            "stems": {name: _fact(name, stem, all_of_it, top_k, apart) for name, stem in stems.items()},
        }
    )


def _besides(whole_tags: Iterable[TagFact], taken: Collection[str], *, sung: bool) -> list[TagFact]:
    """What of the whole's tags still stands: of voices and instruments those that CLaMP 3 knows beyond musicnn's few,
    voices where somebody sings, and those that are `taken` by no stem."""
    return [
        tag
        for tag in whole_tags
        if tag.category not in ("voice", "instruments")
        or (tag.source == "clamp3" and tag.name not in taken and (sung or tag.category == "instruments"))
    ]


def _voice(stems: Mapping[str, HeardStem], there: Mapping[str, HeardStem], top_k: int) -> list[TagFact]:
    vocals = stems.get(VOCALS)
    sung = vocals.presence.share("singing") if vocals and vocals.presence else 0.0
    if vocals is None or VOCALS not in there:
        stem = VOCALS if vocals else None
        return [TagFact(name="instrumental", category="voice", score=round(1 - sung, 3), source="derived", stem=stem)]
    singer = TagFact(name="vocals", category="voice", score=round(sung, 3), source="derived", stem=VOCALS)
    return [singer, *tag_facts(_said(VOCALS, vocals, top_k), top_k, VOCALS)]


def _instruments(there: Mapping[str, HeardStem], mix: HeardStem, top_k: int, apart: Collection[str]) -> list[TagFact]:
    present = [
        TagFact(
            name=tag,
            category="instruments",
            score=round(there[name].level.active_share(mix.level), 3),
            source="derived",
            stem=name,
        )
        for name, tag in _BY_PRESENCE.items()
        if name in there
    ]
    said = [
        (tag, name)
        for name, stem in there.items()
        if name not in (VOCALS, *_BY_PRESENCE)
        for tag in _agreed(tags(stem.tagged.msd, stem.tagged.mtt), tags(mix.tagged.msd, mix.tagged.mtt))
        if tag.name not in apart
    ]
    best: dict[str, tuple[Tag, str]] = {}
    for tag, name in sorted(said, key=lambda found: -found[0].score * found[0].lift ** 0.5):
        best.setdefault(tag.name, (tag, name))
    kept = list(best.values())[:top_k]
    return [*(fact for tag, name in kept for fact in tag_facts([tag], 1, name)), *present]


def _agreed(one: Iterable[Tag], other: Iterable[Tag]) -> list[Tag]:
    """Instruments that both say, as the geometric mean of how sure they are."""
    others = {tag.name: tag for tag in other}
    both = [
        replace(tag, score=(tag.score * others[tag.name].score) ** 0.5, lift=(tag.lift * others[tag.name].lift) ** 0.5)
        for tag in one
        if tag.category == "instruments"
    ]
    return [tag for tag in both if tag.score >= AGREED and tag.lift >= LEAST_LIFT]


def _fact(name: str, stem: HeardStem, all_of_it: LevelCurve, top_k: int, apart: Collection[str]) -> StemFact:
    level_db = stem.level.against_db(all_of_it)
    there = stem.is_there(all_of_it)
    return StemFact(
        tags=tag_facts(_said(name, stem, top_k, apart), top_k, name) if there else [],
        active_share=round(stem.level.active_share(all_of_it), 3),
        level_db=None if level_db is None else round(level_db, 1),
        singing=round(stem.presence.share("singing"), 3) if stem.presence else None,
    )


def _said(name: str, stem: HeardStem, top_k: int, apart: Collection[str] = ()) -> list[Tag]:
    """Of a stem only what it can know: whose voice it is of vocals, which instruments of the rest."""
    found = chosen(tags(stem.tagged.msd, stem.tagged.mtt), top_k)
    if name == VOCALS:
        return [tag for tag in found if tag.category == "voice" and tag.name not in ("vocals", "instrumental")]
    return [tag for tag in found if tag.category == "instruments" and tag.name not in apart]
