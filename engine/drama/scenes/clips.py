"""Which sounds lie on the timeline: ambience under scenes, effects at words, short cues of music."""

from collections.abc import Callable
from dataclasses import dataclass

from engine.drama.project import Anchor, Clip, Cue, Lane, Line, Project, Scene
from engine.drama.scenes.contexts import matches
from engine.drama.scenes.evidence import language_of, told
from engine.drama.scenes.happenings import PER_SECOND, happenings
from engine.drama.scenes.patterns import folded
from engine.drama.scenes.scenes import lines_of, stable_id
from engine.drama.scenes.tables import table
from engine.drama.ticks import Tick, untold
from engine.messages import translate

Find = Callable[[str, str], str | None]
"""Words or a canonical tag, and `ambience` or `effect` -> id of a sound, None where there is none."""

_LEAST_PLACE, _LEAST_WEATHER = 0.45, 0.45
_THROUGH_WALLS_DB = -8.0
"""Weather is that much softer in a room."""
_UNDER_PLACE_DB = -3.0
"""Weather where the place sounds as well."""
_HIDE = {"birds", "crickets", "wind", "night"}
"""What is not heard out of doors in bad weather."""
_MUSIC_S, _OPENING_S = 12.0, 14.0
_MUSIC_FADES_S = (1.5, 4.0)
_MUSIC_APART_S = 60.0
_LEAST_MOOD, _STRONG_MOOD = 0.45, 0.6
_MUSIC_DB = -4.0
_OPENING = "quiet piano and strings, slow, no drums"
_SILENCE = {"off", "none", "silence", "stop", "нет", "тишина", "стоп", "выкл", "无", "停", "静", "静音", "安静"}


@dataclass(frozen=True)
class _Bed:
    """Ambience wanted in a scene."""

    tag: str
    gain_db: float
    confidence: float
    words: str


def add_clips(
    project: Project, find: Find, ambience: bool = True, effects: bool = True, music: bool = True, tick: Tick = untold
) -> Project:
    """A copy of `project` with clips. What its own cues ask for comes always, with confidence 1; with no sound
    and a note where `find` knows none; `ambience`, `effects` and `music` say what else is read out of the text.

    A clip whose id is there already stays as it is, but for a sound that it has only words for. Raises what `tick`
    does.
    """
    work = _Work(project, find)
    for cue in project.cues:
        work.cue(cue)
    if ambience:
        work.ambience()
    if effects:
        work.effects(tick)
    if music:
        work.music()
    known = {clip.id for clip in project.clips}
    clips = [_with_sound(clip, find) for clip in project.clips] + [clip for clip in work.clips if clip.id not in known]
    notes = project.notes + [note for note in work.notes if note not in project.notes]
    return project.model_copy(update={"clips": clips, "notes": notes[:200]})


def _with_sound(clip: Clip, find: Find) -> Clip:
    """The clip with the sound that its prompt finds, if it has none yet; music is made of the prompt itself."""
    if clip.sound or not clip.prompt or clip.lane == "music":
        return clip
    sound = find(clip.prompt, "effect" if clip.lane == "effects" else "ambience")
    return clip.model_copy(update={"sound": sound}) if sound else clip


class _Work:
    def __init__(self, project: Project, find: Find) -> None:
        self._project, self._find = project, find
        self._scenes = lines_of(project)
        self._scene_of = {line.id: scene for scene, lines in self._scenes for line in lines}
        self._at = {line.id: at for at, line in enumerate(project.lines)}
        self._asked = {cue.at.line for cue in project.cues if cue.kind == "ambience"}
        self._ids: dict[str, int] = {}
        self.clips: list[Clip] = []
        self.notes: list[str] = []

    def cue(self, cue: Cue) -> None:
        """What the script itself asks for."""
        if cue.kind not in ("effect", "ambience", "music") or folded(cue.text).strip() in _SILENCE:
            return
        if cue.kind == "music":
            mood = next((each.value for each in told(cue.text, self._project.language) if each.aspect == "mood"), None)
            prompt = f"{cue.text}: {table('moods')[mood]['music']}" if mood else cue.text
            self._music(cue.at, prompt[:500], _MUSIC_S, 1.0, cue.text)
            return
        sound = self._wanted(cue.text, "effect" if cue.kind == "effect" else "ambience")
        if sound is None:
            self.notes.append(translate("drama.no_sound", self._project.language, words=cue.text))
        lane: Lane = "effects" if cue.kind == "effect" else "ambience"
        end = self._until_next(cue) if lane == "ambience" else None
        self._add(lane, cue.at, sound or "", 0.0, 1.0, cue.text, end=end, prompt="" if sound else cue.text)

    def ambience(self) -> None:
        """Beds of places and weather; one that goes on from scene to scene is one clip."""
        chapters = {chapter.line for chapter in self._project.chapters}
        open_beds: dict[str, Clip] = {}
        for scene, lines in self._scenes:
            edge = Anchor(line=lines[-1].id, edge="end")
            wanted = [] if any(line.id in self._asked for line in lines) else _beds(scene)
            going_on = {}
            for bed in wanted:
                sound = self._find(bed.tag, "ambience")
                if sound is None:
                    continue
                old = open_beds.get(bed.tag)
                if old and scene.line not in chapters and abs(old.gain_db - bed.gain_db) < 1:
                    old.end = edge
                    going_on[bed.tag] = old
                    continue
                start = Anchor(line=scene.line)
                going_on[bed.tag] = self._add(
                    "ambience", start, sound, bed.gain_db, bed.confidence, bed.words, end=edge, named=bed.tag
                )
            open_beds = going_on

    def effects(self, tick: Tick) -> None:
        """Events at their words, but where the script asks for an effect itself."""
        asked = {cue.at.line for cue in self._project.cues if cue.kind == "effect"}
        for event in happenings(self._project, self._scene_of, tick):
            if event.line in asked:
                continue
            if sound := self._find(event.tag, "effect"):
                start = Anchor(line=event.line, at=event.at)
                clip = self._add(
                    "effects",
                    start,
                    sound,
                    event.gain_db,
                    event.confidence,
                    event.words,
                    named=f"{event.tag} {event.words}",
                )
                if sound == f"made:{event.tag}":
                    clip.parameters = dict(event.parameters)

    def music(self) -> None:
        """A cue where a chapter opens, and where the mood changes strongly."""
        chapters = {chapter.line for chapter in self._project.chapters}
        clock, last = 0.0, -_MUSIC_APART_S
        told_by_script = {cue.at.line for cue in self._project.cues if cue.kind == "music"}
        before: Scene | None = None
        whole = sum(self._seconds(line) for line in self._project.lines)
        for number, (scene, lines) in enumerate(self._scenes):
            opens = scene.line in chapters or number == 0
            mood = scene.mood
            changed = (
                mood is not None
                and mood.confidence >= _STRONG_MOOD
                and before is not None
                and before.mood is not None
                and before.mood.value != mood.value
            )
            if (opens or changed) and whole >= _MUSIC_APART_S and clock - last >= _MUSIC_APART_S:
                sure = mood is not None and mood.confidence >= _LEAST_MOOD
                prompt = table("moods")[mood.value]["music"] if mood is not None and sure else _OPENING
                if not told_by_script.intersection(line.id for line in lines[:3]):
                    words = mood.words if mood is not None and sure else ""
                    length = _OPENING_S if opens else _MUSIC_S
                    self._music(
                        Anchor(line=scene.line),
                        prompt,
                        length,
                        0.6 if opens else mood.confidence if mood else 0.5,
                        words,
                    )
                last = clock
            clock += sum(self._seconds(line) for line in lines)
            before = scene if mood is not None else before

    def _seconds(self, line: Line) -> float:
        return len(line.text) / PER_SECOND[language_of(self._project, line)]

    def _music(self, at: Anchor, prompt: str, seconds: float, confidence: float, words: str) -> None:
        end = at.model_copy(update={"offset_s": min(60.0, at.offset_s + seconds)})
        clip = self._add("music", at, "", _MUSIC_DB, confidence, words, end=end, prompt=prompt, named="music")
        clip.fade_in_s, clip.fade_out_s = _MUSIC_FADES_S

    def _wanted(self, words: str, kind: str) -> str | None:
        """The sound that a cue's words mean: as they are, or by the tags that the tables know them under."""
        if found := self._find(words, kind):
            return found
        for tag in _tags(words, kind, self._project):
            if found := self._find(tag, kind):
                return found
        return None

    def _until_next(self, cue: Cue) -> Anchor:
        """An ambience of the script's lasts until the next one, or the end of the scene."""
        first = self._at[cue.at.line]
        last = first
        for at in range(first, len(self._project.lines)):
            line = self._project.lines[at]
            if at > first and (
                line.id in self._asked or self._scene_of.get(line.id) is not self._scene_of.get(cue.at.line)
            ):
                break
            last = at
        return Anchor(line=self._project.lines[last].id, edge="end")

    def _add(
        self,
        lane: Lane,
        start: Anchor,
        sound: str,
        gain_db: float,
        confidence: float,
        words: str,
        end: Anchor | None = None,
        prompt: str = "",
        named: str = "",
    ) -> Clip:
        base = stable_id(lane, start.line, named or words)
        self._ids[base] = again = self._ids.get(base, 0) + 1
        clip = Clip(
            id=base if again == 1 else f"{base}-{again}",
            lane=lane,
            sound=sound,
            prompt=prompt,
            start=start,
            end=end,
            gain_db=gain_db,
            seed=int(base.rpartition("-")[2], 16) % 100_000_000,
            confidence=confidence,
            words=words[:200],
        )
        self.clips.append(clip)
        return clip


def _beds(scene: Scene) -> list[_Bed]:
    """What is heard in a scene: the place by day or night, and the weather, softer through walls."""
    beds: dict[str, _Bed] = {}
    place, weather = scene.place, scene.weather
    row = table("places")[place.value] if place and place.confidence >= _LEAST_PLACE else None
    sky = table("weather")[weather.value]["ambience"] if weather and weather.confidence >= _LEAST_WEATHER else []
    if row and place:
        outdoors = row.get("outdoors", False)
        dark = scene.time is not None and scene.time.value == "night"
        heard = [_level(each) for each in row["night" if dark else "day"]]
        if outdoors and sky:
            heard = [each for each in heard + [_level(each) for each in row["day"]] if each[0] not in _HIDE][:1]
        for tag, gain_db in heard:
            beds[tag] = _Bed(tag, gain_db, place.confidence, place.words)
    for each in sky:
        tag, gain_db = _level(each)
        if weather and tag not in beds:
            inside = row is not None and not row.get("outdoors", False)
            gain_db += _THROUGH_WALLS_DB if inside else _UNDER_PLACE_DB if beds else 0.0
            beds[tag] = _Bed(tag, gain_db, weather.confidence, weather.words)
    return list(beds.values())[:3]


def _tags(words: str, kind: str, project: Project) -> list[str]:
    """Canonical tags that words of a cue name."""
    text = folded(words)
    found: list[str] = []
    if kind == "effect":
        for tag, row in table("effects").items():
            known = [each for languages in row["words"] for each in languages.split("|")]
            named = any(matches("effects", tag, "", each, text) for each in ("en", project.language))
            if named or text.strip() in known:
                found.append("steps-wood" if tag == "steps" else tag)
        return found
    for each in told(words, project.language):
        if each.aspect == "weather":
            found += [_level(bed)[0] for bed in table("weather")[each.value]["ambience"]]
        elif each.aspect == "place":
            found += [_level(bed)[0] for bed in table("places")[each.value]["day"]]
        elif each.aspect == "time" and each.value == "night":
            found.append("night")
    return found


def _level(bed: str) -> tuple[str, float]:
    """`birds@-6` -> the tag and its level, dB."""
    tag, _, gain_db = bed.partition("@")
    return tag, float(gain_db or 0)
