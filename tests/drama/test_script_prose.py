"""Prose and plays: what characters say, think and what stands around it, in three languages.

Texts: Carroll, Alice's Adventures in Wonderland, ch. 1-2; Austen, Pride and Prejudice, ch. 1;
Чехов, Вишнёвый сад, д. 1; Смерть чиновника;
曹雪芹, 红楼梦; Wilde, The Importance of Being Earnest, act 1. Sentences without an author are made up here.
"""

import pytest

from engine.drama.project import Project, uncovered
from engine.drama.script.read import read_script
from engine.drama.script.sentences import sentence_ends


def read(text: str, name: str = "") -> Project:
    project = read_script(text, name)
    assert uncovered(project) == []
    return project


def spoken(text: str) -> list[str]:
    return [line.text for line in read(text).lines if line.kind == "dialogue"]


@pytest.mark.parametrize(
    ("text", "speech"),
    [
        ("“My dear Mr. Bennet,” said his lady to him one day, “have you heard that Netherfield Park is let at last?”",
         ["“My dear Mr. Bennet,”", "“have you heard that Netherfield Park is let at last?”"]),
        ('"Do you not want to know who has taken it?" cried his wife impatiently.',
         ['"Do you not want to know who has taken it?"']),
        ("He called it the “great” fall, and sang “The Raven” twice.", []),
        ("She said “no” and left.", []),
        ("‘I don’t know,’ said the boys’ mother. ‘It’s late.’\n\n‘Well,’ he said.\n\n‘Go.’",
         ["‘I don’t know,’", "‘It’s late.’", "‘Well,’", "‘Go.’"]),
        ("“He told me ‘never’ to go,” she said.", ["“He told me ‘never’ to go,”"]),
        ("“I begin here.\n\n“I go on,” he said.", ["“I begin here.", "“I go on,”"]),
        ("“This is never closed", ["“This is never closed"]),
        ("— Пришёл поезд, слава богу, — сказал Лопахин. — Который час?",
         ["— Пришёл поезд, слава богу,", "— Который час?"]),
        ("— Скоро два. — Дуняша тушит свечу. — Уже светло.", ["— Скоро два.", "— Уже светло."]),
        ("— Я — человек простой! — воскликнул он, — а вы?", ["— Я — человек простой!", "— а вы?"]),
        ("– Кто там? – Никто не ответил.", ["– Кто там?"]),
        ("— Что ты, — говорю я, — делаешь?", ["— Что ты,", "— делаешь?"]),
        ("Он сказал: «Пойдём!» — и вышел.", ["«Пойдём!»"]),
        ("«Пойдём», — сказал он. Ресторан «Арагви» был закрыт.", ["«Пойдём»,"]),
        ("«Титаник» — большой корабль. Он читал «Войну и мир».", []),
        ("Он сказал: — Пойдём!", ["— Пойдём!"]),
        ("— Ничего, — твердил он, приговаривая: «Вот сюда, сюда».", ["— Ничего,", "«Вот сюда, сюда»."]),
        ("— Кто? [ Кто?] - Князь желал знать.", ["— Кто? [ Кто?]"]),
        ("宝玉听说，再看时，果然写着“金陵十二钗副册”，又一个写着别的。", []),
        ("林黛玉道：“你又来了。”宝玉笑道：“妹妹好。”", ["“你又来了。”", "“妹妹好。”"]),
        ("「走吧。」他说。『不，』她答道。", ["「走吧。」", "『不，』"]),
        ("所谓“江湖”，不过如此。", []),
        ("“他叫我‘快走’，我没听。”她说。", ["“他叫我‘快走’，我没听。”"]),
    ],
)  # fmt: skip
def test_speech_is_told_from_what_stands_around_it(text: str, speech: list[str]) -> None:
    assert spoken(text) == speech


@pytest.mark.parametrize(
    ("text", "thoughts"),
    [
        ("“Well!” thought Alice to herself, “after such a fall as this!”", ["“Well!”", "“after such a fall as this!”"]),
        ("*What now?* she wondered. The *old* house stood still.", ["*What now?*"]),
        ("Он подумал: «Что же это?»", ["«Что же это?»"]),
        ("«Я его обрызгал! — подумал Червяков. — Неловко. Извиниться надо».",
         ["«Я его обрызгал!", "— Неловко. Извиниться надо»."]),
        ("他心想：“完了。”", ["“完了。”"]),
    ],
)  # fmt: skip
def test_thoughts_are_known_by_the_verb(text: str, thoughts: list[str]) -> None:
    project = read(text)
    found = [project.source[line.start : line.end] for line in project.lines if line.kind == "thought"]
    assert found == thoughts


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Mr. Smith paid 3.14 dollars to Dr. J. R. Watson. He left.", 2),
        ("It was 5 p.m. in the U.S.A. and hot. See No. 5. Really?! Yes… he said so.", 4),
        ("В 1812 г. Москва горела, т. е. пылала. И т.д. и т.п. Всё.", 3),
        ("— Кто там?.. Никого. Им. Пушкина, ул. Ленина, д. 5. Конец!", 4),
        ("他走了。“真的？”我……我不知道！", 3),
        ("1. First things first. 2 apples.", 2),
    ],
)
def test_sentences_end_where_they_do(text: str, sentences: int) -> None:
    assert len(sentence_ends(text)) == sentences


def test_wrapped_lines_are_one_paragraph_and_chapters_are_found() -> None:
    project = read(
        "CHAPTER I.\nDown the Rabbit-Hole\n\n"
        "Alice was beginning to get very tired of sitting by her sister on the\n"
        "bank, and of having nothing to do: once or twice she had peeped into the\n"
        "book her sister was reading, but it had no pictures or conversations in\n"
        "it, “and what is the use of a book,” thought Alice “without pictures or\nconversations?”\n\n"
        "* * *\n\nSo she was considering in her own mind.\n\n\nCHAPTER II. The Pool of Tears\n\n"
        "“Curiouser and curiouser!” cried Alice.\n"
    )
    assert [chapter.title for chapter in project.chapters] == [
        "CHAPTER I. Down the Rabbit-Hole",
        "CHAPTER II. The Pool of Tears",
    ]
    assert [(line.kind, line.break_after) for line in project.lines] == [
        ("heading", "paragraph"), ("heading", "paragraph"), ("narration", "sentence"), ("thought", "sentence"),
        ("narration", "sentence"), ("thought", "scene"), ("narration", "chapter"), ("heading", "paragraph"),
        ("dialogue", "sentence"), ("narration", "paragraph"),
    ]  # fmt: skip
    assert "sister on the bank, and" in project.lines[2].text


@pytest.mark.parametrize(
    ("text", "chapters"),
    [
        ("ГЛАВА ПЕРВАЯ\n\nТекст.\n\nГлава 2. Вторая\n\nТекст.\n\nЭпилог\n\nТекст.",
         ["ГЛАВА ПЕРВАЯ", "Глава 2. Вторая", "Эпилог"]),
        ("第一回 甄士隐梦幻识通灵\n\n正文。\n\n第二回 贾夫人仙逝扬州城\n\n正文。",
         ["第一回 甄士隐梦幻识通灵", "第二回 贾夫人仙逝扬州城"]),
        ("# One\n\nText.\n\n## Two\n\nText.", ["One", "Two"]),
        ("PART ONE\n\nCHAPTER 1\n\nText.\n\nCHAPTER 2\n\nText.", ["PART ONE. CHAPTER 1", "CHAPTER 2"]),
        ("I\n\nText one.\n\nII\n\nText two.", ["I", "II"]),
        ("Chapter two begins with a storm, and part one was long.", []),
        ("Prologue\n\nText.\n\nThe part of Hamlet was played well.", ["Prologue"]),
    ],
)  # fmt: skip
def test_chapters_in_three_languages(text: str, chapters: list[str]) -> None:
    assert [chapter.title for chapter in read(text).chapters] == chapters


def test_a_table_of_contents_makes_no_chapters() -> None:
    contents = "".join(f"CHAPTER {number}. Title of it\n" for number in range(1, 9))
    body = "".join(f"\nCHAPTER {number}. Title of it\n\nSome text.\n" for number in range(1, 9))
    project = read(f"CONTENTS\n\n{contents}\n{body}")
    assert [chapter.title for chapter in project.chapters] == [f"CHAPTER {n}. Title of it" for n in range(1, 9)]


def test_the_notices_of_gutenberg_are_not_read_aloud() -> None:
    project = read(
        "The Project Gutenberg eBook of Alice\n\nTitle: Alice's Adventures\n\nAuthor: Lewis Carroll\n\n"
        "*** START OF THE PROJECT GUTENBERG EBOOK ALICE ***\n\nCHAPTER I\n\nAlice sat.\n\n"
        "*** END OF THE PROJECT GUTENBERG EBOOK ALICE ***\n\nUpdated editions will replace this one."
    )
    assert [line.text for line in project.lines] == ["CHAPTER I", "Alice sat."]
    assert [part.reason for part in project.unspoken if part.reason != "space"] == ["notice", "notice"]
    assert (project.title, project.author) == ("Alice's Adventures", "Lewis Carroll")


def speakers(project: Project) -> list[tuple[str, str]]:
    names = {character.id: character.name for character in project.characters}
    return [(names.get(line.speaker, ""), line.text) for line in project.lines]


def test_a_labelled_script() -> None:
    project = read(
        "TOM: Hi there. (softly) I missed you.\nANN (angrily): Where were you?\n[amb: storm]\nTOM: Out.\n"
        "NARRATOR: They looked (both of them) at each other.\nANN: Oh.\n"
    )
    assert speakers(project) == [
        ("TOM", "Hi there."), ("TOM", "I missed you."), ("ANN", "Where were you?"), ("TOM", "Out."),
        ("NARRATOR", "They looked (both of them) at each other."), ("ANN", "Oh."),
    ]  # fmt: skip
    assert [(cue.kind, cue.text, cue.at.line, cue.at.edge) for cue in project.cues] == [
        ("direction", "softly", "l2", "start"),
        ("direction", "angrily", "l3", "start"),
        ("ambience", "storm", "l4", "start"),
    ]
    first = project.lines[0]
    assert (first.kind, first.rule, first.confidence) == ("dialogue", "label", 1.0)
    assert project.characters[0].id == "narrator"


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("小明：你来了？\n小红（生气地）：你去哪儿了？\n小明：出去了。\n旁白：他们沉默了。\n小红：哦。",
         ["小明", "小红", "小明", "旁白", "小红"]),
        ("Иван: Привет.\nАнна: Здравствуй.\nИван: Как дела?\nАнна: Хорошо.", ["Иван", "Анна", "Иван", "Анна"]),
        ("**Tom:** Hi.\n\n**Ann:** Hello.\n\n**Tom:** Bye.", ["Tom", "Ann", "Tom"]),
        ("Note: this is text.\n\nHe said: nothing.\n\nNote: more of it.\n\nHe said: never.", ["", "", "", ""]),
        ("林黛玉道：“你好。”\n林黛玉道：“再见。”", ["", "", "", ""]),
    ],
)  # fmt: skip
def test_labels_in_three_languages(text: str, who: list[str]) -> None:
    assert [name for name, _ in speakers(read(text))] == who


def test_a_play_with_full_stops_and_a_cast_list() -> None:
    project = read(
        "THE PERSONS OF THE PLAY\n\nJohn Worthing, J.P.\nAlgernon Moncrieff\nLane, Manservant\n\nFIRST ACT\n\n"
        "[Lane is arranging afternoon tea on the table.]\n\n"
        "ALGERNON. Did you hear what I was playing, Lane?\n\nLANE. I didn’t think it polite to listen, sir.\n\n"
        "ALGERNON. I’m sorry for that, for your sake. (Sits.) I don’t play accurately.\n\nLANE. Yes, sir.\n\n"
        "JOHN. Well.\n"
    )
    assert [name for name, text in speakers(project) if name] == [
        "ALGERNON",
        "LANE",
        "ALGERNON",
        "ALGERNON",
        "LANE",
        "JOHN",
    ]
    algernon = project.character("algernon")
    assert algernon.aliases == ["Algernon Moncrieff"]
    assert [cue.text for cue in project.cues if cue.kind == "direction"] == [
        "Lane is arranging afternoon tea on the table.",
        "Sits.",
    ]
    assert "John Worthing, J.P." in [line.text for line in project.lines if not line.speaker]


def test_a_russian_play() -> None:
    project = read(
        "Действующие лица\n\nЛопахин Ермолай Алексеевич, купец.\nДуняша, горничная.\n\nДействие первое\n\n"
        "Лопахин. Пришел поезд, слава богу. Который час?\n\nДуняша. Скоро два. (Тушит свечу.) Уже светло.\n\n"
        "Лопахин (прислушивается). Вот, кажется, едут…\n\nДуняша. Едут!\n"
    )
    named = [text for name, text in speakers(project) if name == "Лопахин"]
    assert named == ["Пришел поезд, слава богу. Который час?", "Вот, кажется, едут…"]
    assert [cue.text for cue in project.cues] == ["Тушит свечу.", "прислушивается"]
    assert [chapter.title for chapter in project.chapters] == ["Действие первое"]


@pytest.mark.parametrize(
    ("text", "kind", "words", "seconds"),
    [
        ("One. [pause 2s] Two.", "pause", "pause 2s", 2.0), ("One. [pause] Two.", "pause", "pause", 1.0),
        ("Раз. [пауза 0,5 сек] Два.", "pause", "пауза 0,5 сек", 0.5), ("一。[停顿]二。", "pause", "停顿", 1.0),
        ("One. [sfx: door slam] Two.", "effect", "door slam", None), ("Раз. [звук: гром] Два.", "effect", "гром", None),
        ("一。【音效：雷声】二。", "effect", "雷声", None), ("One. [amb: storm] Two.", "ambience", "storm", None),
        ("Раз. [фон: лес] Два.", "ambience", "лес", None), ("一。[环境：雨]二。", "ambience", "雨", None),
        ("One. [music: tense] Two.", "music", "tense", None), ("Раз. [музыка: тревога] Два.", "music", "тревога", None),
        ("一。【音乐：紧张】二。", "music", "紧张", None), ("One. [softly] Two.", "direction", "softly", None),
    ],
)  # fmt: skip
def test_cues_in_brackets(text: str, kind: str, words: str, seconds: float | None) -> None:
    project = read(text)
    (cue,) = project.cues
    assert (cue.kind, cue.text, cue.seconds) == (kind, words, seconds)
    first, second = project.lines
    assert first.pause_ms == (None if seconds is None else round(seconds * 1000))
    at = (cue.at.line, cue.at.at, cue.at.edge)
    assert at == ((first.id, None, "end") if kind == "pause" else (second.id, 0, "start"))


def test_a_cue_in_the_middle_of_a_sentence_stands_at_the_next_word_and_adds_one_pause() -> None:
    project = read("He opened [sfx: door creak] the door.")
    assert [(line.text, line.pause_ms) for line in project.lines] == [("He opened", 120), ("the door.", None)]
    assert (project.cues[0].at.line, project.cues[0].at.at) == (project.lines[1].id, 0)


def test_unknown_brackets_are_text_and_numbers_of_notes_are_not() -> None:
    project = read("He read [as he always did] the letter.[1] It was [long].")
    assert [line.text for line in project.lines] == ["He read [as he always did] the letter.", "It was [long]."]
    assert [part.reason for part in project.unspoken if part.reason != "space"] == ["number"]


def test_lines_in_another_language_say_so() -> None:
    project = read(
        "Он вошёл и поклонился всем, кто был там.\n\n“How do you do, my friend?” — сказал он.\n\nEh bien, mon prince."
    )
    languages = {line.text: line.language for line in project.lines}
    assert project.language == "ru"
    assert [language for text, language in languages.items() if "How do" in text] == ["en"]
    assert languages["Eh bien, mon prince."] is None


def test_markdown_is_read_without_its_marks() -> None:
    project = read(
        "# Title\n\nA **bold** and _soft_ [link](http://x.y/z).\n\n- one\n- two\n\n| a | b |\n|---|---|\n| c | d |\n",
        "a.md",
    )
    assert [line.text for line in project.lines] == ["Title", "A bold and soft link.", "one", "two", "a", "b", "c", "d"]


def test_a_title_and_an_author_at_the_head() -> None:
    project = read("Title: The Storm\nAuthor: Ann Lee\n\nIt rained.\n")
    assert (project.title, project.author) == ("The Storm", "Ann Lee")
    assert [line.text for line in project.lines] == ["The Storm", "Ann Lee", "It rained."]


def test_the_same_name_has_the_same_id_in_every_script() -> None:
    one = read("Иван: Да.\nАнна: Нет.\nИван: Да.\nАнна: Нет.")
    two = read("Пётр: Что?\nИван: Да.\nАнна: Нет.\nИван: Да.\nАнна: Нет.\nПётр: Что?")
    assert {c.name: c.id for c in one.characters}.items() <= {c.name: c.id for c in two.characters}.items()


def test_verse_and_names_on_lines_of_their_own() -> None:
    project = read(
        "SCENE I. A room in the castle.\n\nHAMLET.\nTo be, or not to be, that is the question:\n"
        "Whether 'tis nobler in the mind to suffer\n\nOPHELIA.\nGood my lord,\nHow does your honour?\n\n"
        "HAMLET.\nI humbly thank you; well.\n\nOPHELIA.\nMy lord, I have remembrances.\n"
    )
    assert [name for name, _ in speakers(project)] == ["", *["HAMLET"] * 2, *["OPHELIA"] * 2, "HAMLET", "OPHELIA"]
    assert [(cue.kind, cue.at.line) for cue in project.cues] == [("scene", project.lines[0].id)]
    apart = read("Tom:\n\nHello there.\n\nAnn:\n\nHi.\n\nTom:\n\nBye.\n\n[Tom leaves]\n\nAnn: Alone.\n")
    assert speakers(apart) == [("Tom", "Hello there."), ("Ann", "Hi."), ("Tom", "Bye."), ("Ann", "Alone.")]
