"""What writing is said as: tables by hand, the user's pronunciations, sounds, and their place in the source."""

import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import pytest

from engine.drama.project import Language
from engine.drama.spoken.chinese import sounds as mandarin
from engine.drama.spoken.phonemes import phonemes
from engine.drama.spoken.said import Accent, said
from engine.drama.spoken.written import for_plain, for_silero

TABLES = {
    path.stem: tomllib.loads(path.read_text("utf-8"))
    for path in sorted((Path(__file__).parent / "spoken").glob("*.toml"))
}
LANGUAGE: dict[str, Language] = {"us": "en", "gb": "en", "ru": "ru", "zh": "zh"}


@pytest.mark.parametrize("table", TABLES)
def test_writing_is_said_as_people_say_it(table: str) -> None:
    wrong = {}
    for name, rows in TABLES[table].items():
        for text, wanted in rows.items():
            found = said(text, LANGUAGE[name], accent=cast(Accent, name if name == "gb" else "us"))
            if found.text != wanted or found.unspoken:
                wrong[text] = (found.text, wanted)
    assert wrong == {}


def test_the_tables_are_long_enough_to_mean_something() -> None:
    assert {name: sum(map(len, table.values())) >= 150 for name, table in TABLES.items()} == dict.fromkeys(TABLES, True)


def heard(text: str, language: Language = "en", accent: Accent = "us", **own: str) -> str:
    return " ".join(breath.phonemes for breath in phonemes(said(text, language, own, accent), language, accent))


def test_the_users_own_words_come_first_whole_and_in_any_case() -> None:
    own = {"sql": "sequel", "No. 5": "the fifth one", "GIF": "jif"}
    assert said("SQL and Sql: GIFs, no. 5", "en", own).text == "sequel and sequel: GIFs, the fifth one"
    assert said("Тор пришёл, а тори нет", "ru", {"тор": "т+ор"}).text == "т+ор пришёл, а тори нет"
    assert said("замок", "ru", {"замок": "замо\u0301к"}).text == "зам+ок"
    assert said("重庆", "zh", {"重庆": "虫庆"}).text == "虫庆"
    assert said("word", "en", {"": "x", "word": "", " ": "y"}).text == "word"


def test_the_users_own_words_are_read_like_others() -> None:
    assert said("Бот", "ru", {"бот": "R2D2"}).text == "ар два ди два"
    assert said("Бот", "ru", {"бот": "★"}).text == "Бот"
    assert said("R2D2", "en", {"R2D2": "/ɑɹtuː/"}).text == "R two D two"
    assert heard("Bot", bot="/★/") == heard("Bot")


def test_ipa_of_the_users_is_heard_and_its_word_written() -> None:
    result = said("Hermione left.", "en", {"hermione": "/hɜːˈmaɪəni/"})
    assert result.text == "Hermione left."
    assert heard("Hermione left.", hermione="/hɜːˈmaɪəni/") == "hɜɹˈmIəni lˈɛft."
    assert for_silero(said("Гермиона", "ru", {"гермиона": "/x/"})) == ["гермиона"]


def test_what_cannot_be_said_is_reported_as_it_stands() -> None:
    result = said("I ❤ you, مرحبا 👍🏽!", "en")
    assert result.unspoken == ("❤", "مرحبا", "👍🏽")
    assert result.text == "I you, !"
    assert said("★★★ и ☎", "ru").unspoken == ("★★★", "☎")


def test_words_lead_back_to_the_source() -> None:
    text = "Mr. Bennet\u200b paid £5 in 1811."
    found = [(word, text[start:end]) for word, start, end in said(text, "en").words()]
    assert found[:5] == [
        ("Mister", "Mr."),
        ("Bennet", "Bennet\u200b"),
        ("paid", "paid"),
        ("five", "£5"),
        ("pounds", "£5"),
    ]
    assert found[-2:] == [("eighteen", "1811"), ("eleven", "1811")]


def test_sounds_lead_back_to_the_source() -> None:
    text = "Of the 3 men — one cried!"
    (breath,) = phonemes(said(text, "en"), "en")
    assert breath.phonemes == "ʌvðə θɹˈi mˈɛn— wˈʌn kɹˈId!"
    places = [(breath.phonemes[word.first : word.last], text[word.start : word.end]) for word in breath.words]
    assert places == [("ʌvðə", "Of the"), ("θɹˈi", "3"), ("mˈɛn", "men"), ("wˈʌn", "one"), ("kɹˈId", "cried")]
    (breath,) = phonemes(said("他有3個iPhone。", "zh"), "zh")
    assert breath.phonemes == "tʰa→ jou↓ sa→nkɤ↘ ˈI fˈOn."


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("He read it.", "hi ɹˈɛd ɪt."),
        ("to read it", "tə ɹˈid ɪt"),
        ("a lead pipe", "ə lˈɛd pˈIp"),
        ("lead the way", "lˈid ðə wˈA"),
        ("wind the clock", "wˈInd ðə klˈɑk"),
        ("the wind blew", "ðə wˈɪnd blˈu"),
        ("Close your eyes.", "klˈOz jʊɹ ˈIz."),
        ("too close", "tˈu klˈOs"),
        ("He used to go.", "hi jˈust tə ɡˈO."),
        ("Use it.", "jˈuz ɪt."),
        ("no use", "nˈO jˈus"),
        ("Live music", "lˈIv mjˈuzɪk"),
        ("We live here.", "wi lˈɪv hˈɪɹ."),
        ("Plan A", "plˈæn ˈA"),
    ],
)
def test_words_of_two_sounds_take_that_of_their_place(text: str, sound: str) -> None:
    assert heard(text) == sound


def test_the_two_accents_sound_apart() -> None:
    assert (heard("a better car"), heard("a better car", accent="gb")) == ("ə bˈɛTəɹ kˈɑɹ", "ə bˈɛtə kˈɑː")


def test_threads_of_two_accents_do_not_hear_each_other() -> None:
    asked: list[tuple[str, Accent]] = [
        (f"a better car number {n}", accent) for n in range(20) for accent in ("us", "gb")
    ]
    alone = [heard(text, accent=accent) for text, accent in asked]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda each: heard(each[0], accent=each[1]), asked)) == alone


def test_readings_of_chinese_follow_the_word() -> None:
    assert heard("银行行长", "zh") == "i↗nxa↗ŋxa↗ŋꭧa↓ŋ"
    assert heard("銀行行長", "zh") == heard("银行行长", "zh")
    assert heard("音乐，快乐", "zh") == "i→nɥe↘, kʰwai↘lɤ↘"


@pytest.mark.parametrize(
    ("clause", "sign", "reading"),
    [
        ("他慢慢地走了过去", "地", "de5"),
        ("他把地扫了", "地", "di4"),
        ("当地人", "地", "di4"),
        ("跑得很快", "得", "de5"),
        ("我得走了", "得", "dei3"),
        ("得到", "得", "de2"),
        ("你说得对", "得", "de5"),
        ("这条河很长", "长", "chang2"),
        ("他长大了", "长", "zhang3"),
        ("他还钱", "还", "huan2"),
        ("他还没来", "还", "hai2"),
        ("大喝一声", "喝", "he4"),
        ("喝茶", "喝", "he1"),
        ("三只猫", "只", "zhi1"),
        ("只听他说", "只", "zhi3"),
        ("倒在地上", "倒", "dao3"),
        ("倒了一杯茶", "倒", "dao4"),
        ("他应了一声", "应", "ying4"),
        ("一行人", "行", "xing2"),
    ],
)
def test_signs_of_many_readings_take_that_of_their_place(clause: str, sign: str, reading: str) -> None:
    found = {}
    at = 0
    for word, _ in mandarin.sounds(clause):
        found |= dict(zip(word, mandarin.readings(clause, at, word), strict=True))
        at += len(word)
    assert found[sign] == reading


def test_long_texts_are_cut_where_people_breathe() -> None:
    text = "It was a bright cold day in April, and the clocks were striking thirteen. " * 12
    breaths = phonemes(said(text, "en"), "en")
    assert len(breaths) > 3
    assert all(breath.phonemes.endswith(".") and len(breath.phonemes) <= 250 for breath in breaths)
    (first, *_) = phonemes(said("and so on, " * 90, "en"), "en")
    assert 200 < len(first.phonemes) <= 400
    assert first.phonemes.endswith(",")


def test_silero_gets_sentences_in_its_letters() -> None:
    assert for_silero(said("— «Ёлка (2 м)», — сказал Bob. Да!", "ru")) == ["– ёлка, два метра, – сказал боб.", "да!"]
    long = for_silero(said("слово, " * 400, "ru"))
    assert all(len(part) <= 900 for part in long)
    assert sum(part.count("слово") for part in long) == 400


def test_plain_text_has_no_stress_marks() -> None:
    assert for_plain(said("за́мок № 5", "ru")) == "замок номер пять"
