"""What a text names is found in any form, in three languages, wanted or refused."""

import pytest

from engine.tag.search.inflection import stem
from engine.tag.search.labels import known, labels, terms
from engine.tag.search.query import Query, Vocabulary

VOCABULARY = Vocabulary(*terms(label.id for label in labels()))
DRUMS = "instruments/drums"


@pytest.mark.parametrize(
    "text",
    [
        "sad violin", "a SAD violin, please", "sad violins", "грустная скрипка", "грустную музыку со скрипкой",
        "скрипки, грустно", "悲伤的小提琴", "小提琴，悲伤", "sad скрипка", "悲伤 violin",
    ],
)  # fmt: skip
def test_a_word_counts_in_every_form_and_language(text: str) -> None:
    query = VOCABULARY.read(text)
    assert query.said == {"mood/sad": 1, "instruments/violin": 1}
    assert (query.rest, query.refused) == ("", "")


@pytest.mark.parametrize(
    "text",
    [
        "no drums", "without any drums", "drumless", "drums off", "drum-free", "do not use drums",
        "без барабанов", "барабанов нет", "не надо барабанов", "不要鼓", "没有鼓", "无鼓",
    ],
)  # fmt: skip
def test_what_is_refused_counts_against(text: str) -> None:
    assert VOCABULARY.read(text).said == {DRUMS: -1}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("no drums, piano", "instruments/piano"), ("without drums but with piano", "instruments/piano"),
        ("без барабанов, но с пианино", "instruments/piano"), ("没有鼓，钢琴", "instruments/piano"),
        ("piano, no drums", "instruments/piano"),
    ],
)  # fmt: skip
def test_a_refusal_ends_where_its_clause_ends(text: str, wanted: str) -> None:
    assert VOCABULARY.read(text).said == {DRUMS: -1, wanted: 1}


def test_a_refused_list_goes_on_to_its_last_word() -> None:
    said = VOCABULARY.read("no drums, piano or violin").said
    assert said == {DRUMS: -1, "instruments/piano": -1, "instruments/violin": -1}


@pytest.mark.parametrize("text", ["no vocals", "без вокала", "没有人声", "vocals off"])
def test_who_refuses_voices_wants_what_is_instrumental(text: str) -> None:
    assert VOCABULARY.read(text).said == {"instruments/vocals": -0.5, "voice/instrumental": 0.5}
    assert VOCABULARY.read("instrumental").said == {"voice/instrumental": 1}


def test_a_word_of_several_labels_is_shared_among_them() -> None:
    said = VOCABULARY.read("гитара").said
    assert len(said) == 3 and sum(said.values()) == pytest.approx(1) and len(set(said.values())) == 1


@pytest.mark.parametrize(
    ("text", "bpm", "keys", "rest"),
    [
        ("techno at 128 bpm in A minor", 128, ["A minor"], ""), ("techno 8A", None, ["A minor"], ""),
        ("12B techno", None, ["E major"], ""), ("техно 128 ударов в минуту, ля минор", 128, ["A minor"], ""),
        ("速度 128 的铁克诺，A小调", 128, ["A minor"], ""), ("F#m techno", None, ["F# minor"], ""),
        ("techno, key of D", None, ["D major", "D minor"], ""), ("D dorian techno", None, ["D minor"], ""),
        ("techno for a kitchen at sea", None, [], "kitchen at sea"),
    ],
)  # fmt: skip
def test_tempo_key_and_the_rest_stand_beside_the_labels(
    text: str, bpm: float | None, keys: list[str], rest: str
) -> None:
    query = VOCABULARY.read(text)
    assert query.said == {"genre/techno": 1}
    assert (query.tempo_bpm, [key.name for key in query.keys], query.rest) == (bpm, keys, rest)


@pytest.mark.parametrize("text", ["", "   ", "music", "песню", "一首歌", "🎹", "?!", "-"])
def test_a_text_that_says_nothing_asks_for_nothing(text: str) -> None:
    assert VOCABULARY.read(text) == Query({})


@pytest.mark.parametrize("sign", ["a", "没"])
def test_any_text_is_accepted(sign: str) -> None:
    assert VOCABULARY.read(sign * 5000) == Query({}, rest=sign * 5000)


def test_a_chinese_sign_inside_an_unknown_word_means_nothing() -> None:
    assert VOCABULARY.read("愉快").said == {}
    assert VOCABULARY.read("很快").said == {"texture/fast": 1}


def test_only_labels_of_known_scores_are_named() -> None:
    had = known(["musicnn:piano", "measured:tempo_bpm"])
    assert {label.id for label in had} == {"instruments/piano", "texture/fast", "texture/slow"}
    query = Vocabulary(terms(label.id for label in had)[0]).read("slow sad piano")
    assert set(query.said) == {"instruments/piano", "texture/slow"} and query.rest == "sad"
    assert Vocabulary(()).read("slow piano").rest == "slow piano"


@pytest.mark.parametrize(
    "forms",
    [
        "грустная грустный грустную грустно грустной грустных", "скрипка скрипку скрипкой скрипки",
        "барабан барабаны барабанов барабанами", "рок рока роком роке", "фортепиано", "drum drums", "brass", "贝斯",
    ],
)  # fmt: skip
def test_the_forms_of_a_word_have_one_stem(forms: str) -> None:
    assert len({stem(form) for form in forms.split()}) == 1


def test_labels_are_told_apart_and_every_score_is_named_after_its_source() -> None:
    ids = [label.id for label in labels()]
    assert len(set(ids)) == len(ids)
    assert {score.removeprefix("-").partition(":")[0] for label in labels() for score in label.scores} == {
        "clamp3", "musicnn", "measured",
    }  # fmt: skip
    assert {label.opposite for label in labels()} <= {None, *ids}
