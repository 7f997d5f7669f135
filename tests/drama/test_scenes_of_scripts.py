"""From a screenplay as it is typed to its scenes, feelings and clips, with the sounds that there are."""

import pytest

from engine.drama.project import Project
from engine.drama.scenes import add_clips, feel, find_scenes
from engine.drama.scenes.tables import table
from engine.drama.script.read import read_script
from engine.drama.sounds.listing import first
from engine.drama.sounds.sound import Kind

ENGLISH = """INT. KITCHEN - NIGHT

Rain beats on the window. ANNA stirs the soup.

ANNA
(whispering)
Did you hear that?

[sfx: door slam]

BORIS
It is only the wind.

EXT. FOREST - DAY

They run.

[music: tense]
"""
RUSSIAN = """ИНТ. КУХНЯ - НОЧЬ

За окном льёт дождь.

АННА
(шёпотом)
Ты слышал?

[звук: хлопнула дверь]

БОРИС
Это ветер.

НАТ. ЛЕС - ДЕНЬ

Они бегут.

[музыка: тревога]
"""


def find(words: str, kind: str) -> str | None:
    kinds: dict[str, Kind] = {"ambience": "ambience", "effect": "effect"}
    return first(words, kinds[kind])


@pytest.mark.parametrize("text", [ENGLISH, RUSSIAN])
def test_a_screenplay_sounds_as_it_says(text: str) -> None:
    done = add_clips(feel(find_scenes(read_script(text, "play.fountain"))), find)
    Project.read(done.model_dump())
    places = [(scene.place.value, scene.time.value) for scene in done.scenes if scene.place and scene.time]
    assert places == [("kitchen", "night"), ("forest", "day")]
    assert done.scenes[0].weather is not None
    assert done.scenes[0].weather.value == "rain"
    assert [scene.reverb for scene in done.scenes] == ["room", "forest"]
    assert [line.emotion for line in done.lines if line.kind == "dialogue"] == ["whispering", "neutral"]
    sounds = {clip.sound: clip for clip in done.clips}
    assert sounds["made:door-slam"].confidence == 1
    assert sounds["made:rain"].gain_db < 0
    assert [clip.confidence for clip in done.clips if clip.lane == "music"] == [1]
    assert done.notes == []


def test_every_sound_that_the_tables_ask_for_is_there() -> None:
    beds = {bed.partition("@")[0] for row in table("places").values() for bed in row["day"] + row["night"]}
    beds |= {bed.partition("@")[0] for row in table("weather").values() for bed in row["ambience"]}
    steps = {f"steps-{row.get('ground', 'wood')}" for row in table("places").values()} | {"steps-snow"}
    effects = (set(table("effects")) - {"steps"}) | steps
    assert {bed for bed in beds if find(bed, "ambience") is None} == set()
    assert {effect for effect in effects if find(effect, "effect") is None} <= {"scream", "laughter"}
