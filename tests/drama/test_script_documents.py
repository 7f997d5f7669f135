"""EPUB and DOCX as their own libraries write them, and files that mean harm."""

import io
import re
import zipfile
from collections.abc import Callable

import docx
import pytest
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls
from ebooklib import epub
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

from engine.drama.project import Project, uncovered
from engine.drama.script import archive
from engine.drama.script import html as pages
from engine.drama.script.decode import decoded
from engine.drama.script.extract import Extract
from engine.drama.script.read import read_script
from engine.errors import AppError, Code

PAGES = {
    "cover": "<p>Alice&#8217;s Adventures</p><p><img src='x.png' alt='The White Rabbit'/></p>",
    "one": "<h1>I. Down the Rabbit-Hole</h1><p>Alice sat&nbsp;by <b>her</b> sister"
    "<a epub:type='noteref' href='#n'>1</a>.</p>"
    "<p>“What is the use of a book,” thought <i>Alice</i>.</p><hr/>"
    "<p>She fell<br/>down. <i>Curious!</i> she thought.</p>"
    "<table><tr><td>cell one</td><td>cell two</td></tr></table><ul><li>first</li><li>second</li></ul>"
    "<script>var hidden = 1;</script><p hidden='hidden'>secret</p><aside epub:type='footnote' id='n'>A note.</aside>",
    "two": "<div>Loose text <span>in a div</span><p>and a paragraph</p> and a tail.</div><pre>kept  as\nit is</pre>",
}


def book(pages: dict[str, str] = PAGES, toc: bool = True) -> bytes:
    made = epub.EpubBook()
    made.set_identifier("id1")
    made.set_title("Alice")
    made.set_language("en")
    made.add_author("Lewis Carroll")
    items = []
    for name, body in pages.items():
        item = epub.EpubHtml(title=f"Chapter {name}", file_name=f"{name}.xhtml")
        item.content = f"<html xmlns:epub='http://www.idpf.org/2007/ops'><body>{body}</body></html>"
        made.add_item(item)
        items.append(item)
    if toc:
        made.toc = items
    made.add_item(epub.EpubNcx())
    made.add_item(epub.EpubNav())
    made.spine = ["nav", *items]
    target = io.BytesIO()
    epub.write_epub(target, made)
    return target.getvalue()


def read(data: bytes, name: str) -> Project:
    project = read_script(data, name)
    assert uncovered(project) == []
    return project


def visible(project: Project) -> str:
    return re.sub(r"[\s\[\]]|\* \* \*|\*", "", project.source)


def test_nothing_that_an_epub_shows_is_missing() -> None:
    data = book()
    project = read(data, "alice.epub")
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        shown = ""
        for name in ("nav", *PAGES):
            root = html.fromstring(packed.read(f"EPUB/{name}.xhtml"))
            for unseen in root.xpath("//script|//head|//*[@hidden]"):
                unseen.drop_tree()
            for image in root.xpath("//img"):
                image.text = image.get("alt")
            shown += re.sub(r"\s", "", root.text_content())
    assert visible(project) == shown
    assert (project.title, project.author, project.language) == ("Alice", "Lewis Carroll", "en")


def test_the_parts_of_an_epub() -> None:
    project = read(book(), "alice.epub")
    texts = [line.text for line in project.lines]
    assert texts == [
        "Alice’s Adventures", "The White Rabbit", "I. Down the Rabbit-Hole", "Alice sat by her sister",
        "“What is the use of a book,”", "thought Alice.", "She fell down.", "Curious!", "she thought.", "cell one",
        "cell two", "first", "second", "A note.", "Loose text in a div", "and a paragraph", "and a tail.",
        "kept as it is",
    ]  # fmt: skip
    kinds = {line.text: line.kind for line in project.lines}
    assert (kinds["I. Down the Rabbit-Hole"], kinds["Curious!"]) == ("heading", "thought")
    assert [chapter.title for chapter in project.chapters] == ["Chapter cover", "Chapter one", "Chapter two"]
    assert project.lines[5].break_after == "scene"
    assert "notice" in {part.reason for part in project.unspoken}


TAGS = (
    "p",
    "div",
    "i",
    "b",
    "em",
    "h1",
    "h3",
    "li",
    "td",
    "tr",
    "table",
    "pre",
    "section",
    "a",
    "sup",
    "blockquote",
    "span",
)
NODE = st.recursive(
    st.sampled_from(
        [
            "word",
            " ",
            "“Hi,” she said.",
            "12",
            "你好。",
            "— Да.",
            "&nbsp;",
            "&amp;",
            "\n",
            "<br/>",
            "<hr/>",
            "<!-- no -->",
        ]
    ),
    lambda inside: st.tuples(st.sampled_from(TAGS), st.lists(inside, max_size=4)).map(
        lambda node: f"<{node[0]}>{''.join(node[1])}</{node[0]}>"
    ),
    max_leaves=25,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(NODE, min_size=1, max_size=6).map("".join))
def test_nothing_that_any_page_shows_is_missing(body: str) -> None:
    page = f"<html><body>{body}</body></html>".encode()
    text = Extract()
    root = pages.parsed(page, "HTML")
    pages.extract(root, text)
    source = text.manuscript().source
    shown = re.sub(r"\s", "", pages.parsed(page, "HTML").text_content())
    assert re.sub(r"[\s\[\]]|\* \* \*|\*", "", source) == shown


def _run(text: str) -> object:
    return parse_xml(f"<w:r {nsdecls('w')}><w:t xml:space='preserve'>{text}</w:t></w:r>")


def letter() -> bytes:
    made = docx.Document()
    made.core_properties.title, made.core_properties.author = "The Storm", "Ann Lee"
    made.add_heading("The Storm", 0)
    made.add_heading("Chapter One", 1)
    paragraph = made.add_paragraph("“Run!” ")
    paragraph.add_run("It rains,").italic = True
    paragraph.add_run(" she thought.")
    paragraph.add_run(" unseen").font.hidden = True
    inserted, deleted = OxmlElement("w:ins"), OxmlElement("w:del")
    inserted.append(_run(" Inserted."))
    deleted.append(parse_xml(f"<w:r {nsdecls('w')}><w:delText>gone</w:delText></w:r>"))
    paragraph._p.extend([inserted, deleted])
    link = OxmlElement("w:hyperlink")
    link.append(_run(" A link."))
    paragraph._p.append(link)
    table = made.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "left", "right"
    control = parse_xml(
        f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>In a control.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )
    made.element.body.insert(-1, control)
    box = parse_xml(
        f"<w:r {nsdecls('w')} xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'><mc:AlternateContent>"
        "<mc:Choice Requires='wps'><w:pict><w:txbxContent><w:p><w:r><w:t>In a box.</w:t></w:r></w:p>"
        "</w:txbxContent></w:pict></mc:Choice>"
        "<mc:Fallback><w:p><w:r><w:t>In a box.</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent></w:r>"
    )
    made.add_paragraph("Beside. ")._p.append(box)
    made.add_heading("Chapter Two", 1)
    made.add_paragraph("The end.")
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def test_the_parts_of_a_docx() -> None:
    project = read(letter(), "storm.docx")
    assert [line.text for line in project.lines] == [
        "The Storm", "Chapter One", "“Run!”", "It rains,", "she thought. Inserted. A link.", "left", "right",
        "In a control.",
        "Beside.", "In a box.", "Chapter Two", "The end.",
    ]  # fmt: skip
    assert {line.text: line.kind for line in project.lines}["It rains,"] == "thought"
    assert [chapter.title for chapter in project.chapters] == ["Chapter One", "Chapter Two"]
    assert (project.title, project.author) == ("The Storm", "Ann Lee")


def with_notes(data: bytes) -> bytes:
    """The same DOCX with a footnote, which python-docx does not write."""
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    content = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            part = old.read(name).decode("utf-8", "surrogateescape")
            if name == "word/document.xml":
                part = part.replace("The end.</w:t>", 'The end.</w:t><w:footnoteReference w:id="7"/>')
            if name == "word/_rels/document.xml.rels":
                part = part.replace(
                    "</Relationships>", f'<Relationship Id="n1" Type="{kind}" Target="footnotes.xml"/></Relationships>'
                )
            if name == "[Content_Types].xml":
                part = part.replace(
                    "</Types>", f'<Override PartName="/word/footnotes.xml" ContentType="{content}"/></Types>'
                )
            new.writestr(name, part.encode("utf-8", "surrogateescape"))
        note = '<w:footnote w:id="7"><w:p><w:r><w:t>So they say.</w:t></w:r></w:p></w:footnote>'
        new.writestr("word/footnotes.xml", f"<w:footnotes {nsdecls('w')}>{note}</w:footnotes>")
    return target.getvalue()


def test_footnotes_are_read_after_the_text() -> None:
    project = read(with_notes(letter()), "storm.docx")
    assert [line.text for line in project.lines][-2:] == ["The end.", "So they say."]


def test_a_footnote_is_read_once_and_odd_values_do_no_harm() -> None:
    with zipfile.ZipFile(io.BytesIO(with_notes(letter()))) as packed:
        body = packed.read("word/document.xml").decode()
    again = '<w:footnoteReference w:id="7"/>' * 99 + "".join(
        f'<w:sym w:char="{code}"/>' for code in ("D83D", "zz", "FFFFFFFF", "0041")
    )
    odd = '<w:p><w:pPr><w:outlineLvl w:val="first"/></w:pPr><w:r><w:t>Odd.</w:t></w:r></w:p>'
    body = body.replace("The end.</w:t>", f"The end.</w:t>{again}").replace("<w:sectPr", f"{odd}<w:sectPr")
    project = read(changed(with_notes(letter()), "word/document.xml", body.encode()), "storm.docx")
    assert project.source.count("So they say.") == 1
    assert "A" in project.source and "\ud83d" not in project.source
    assert project.lines[-2].text == "Odd."


def test_a_spine_that_repeats_a_page_shows_it_once() -> None:
    data = book({"one": "<p>Once upon a time.</p>"}, toc=False)
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        package = packed.read("EPUB/content.opf").decode()
    spine = re.search(r"<itemref idref=\"chapter_0\"[^>]*>", package)
    assert spine
    more = package.replace(spine[0], spine[0] * 50)
    assert read(changed(data, "EPUB/content.opf", more.encode()), "a.epub").source.count("Once upon a time.") == 1


def test_a_script_in_a_docx_keeps_its_labels() -> None:
    made = docx.Document()
    for text in ("TOM: Hi.", "ANN: Hello.", "TOM: Bye.", "ANN: Bye."):
        made.add_paragraph(text)
    target = io.BytesIO()
    made.save(target)
    assert [line.speaker for line in read(target.getvalue(), "a.docx").lines] == ["tom", "ann", "tom", "ann"]


def changed(data: bytes, name: str, content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.namelist():
            if each != name:
                new.writestr(each, old.read(each))
        new.writestr(name, content)
    return target.getvalue()


def spoiled(data: bytes, member: bytes) -> bytes:
    """With another byte in the packed content of a member."""
    at = data.index(member) + len(member) + 20
    return data[:at] + bytes([data[at] ^ 255]) + data[at + 1 :]


ENCRYPTION = b"""<encryption xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData>
<enc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/></enc:EncryptedData></encryption>"""
WORD_97 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LAUGHS = "<!DOCTYPE x [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY a{n} '{'&a' + (str(n - 1) if n else '') + ';'}'>" for n in range(9)
)


@pytest.mark.parametrize(
    ("make", "name", "key"),
    [
        (lambda: b"PK\x03\x04 nonsense", "a.epub", "script_broken"), (lambda: b"nonsense", "a.docx", "script_broken"),
        (lambda: book()[:2000], "a.epub", "script_broken"), (lambda: letter()[:-300], "a.docx", "script_broken"),
        (lambda: changed(book(), "META-INF/encryption.xml", ENCRYPTION), "a.epub", "script_locked"),
        (lambda: changed(book(), "META-INF/container.xml", b""), "a.epub", "script_broken"),
        (lambda: changed(letter(), "word/document.xml", b"<broken"), "a.docx", "script_broken"),
        (lambda: changed(book(), "bomb.bin", bytes(300 * 2**20 // 10)), "a.epub", "script_bomb"),
        (lambda: WORD_97 + "EncryptedPackage".encode("utf-16-le"), "a.docx", "script_locked"),
        (lambda: WORD_97 + bytes(99), "a.doc", "script_not_text"),
        (lambda: bytes(range(256)) * 20, "a.txt", "script_not_text"), (lambda: bytes(5000), "a.txt", "script_not_text"),
        (lambda: b"a" * (50 * 2**20), "a.txt", "script_too_long"), (lambda: b"", "a.txt", "script_empty"),
        (lambda: book({"one": "<p> </p>"}, toc=False), "a.epub", "script_empty"),
        (lambda: b"<div>" * 3000 + b"lost", "a.html", "script_broken"),
        (lambda: changed(letter(), "word/document.xml", b"<w:document %s/>" % nsdecls("w").encode()), "a.docx",
         "script_broken"),
        (lambda: changed(with_notes(letter()), "word/footnotes.xml", b"<broken"), "a.docx", "script_broken"),
        (lambda: spoiled(letter(), b"[Content_Types].xml"), "a.docx", "script_broken"),
    ],
)  # fmt: skip
def test_files_that_mean_harm_are_refused_with_a_sentence(make: Callable[[], bytes], name: str, key: str) -> None:
    with pytest.raises(AppError) as error:
        read_script(make(), name)
    assert (error.value.code, error.value.key) == (Code.INVALID_INPUT, key)
    assert all("{" not in error.value.sentence(language) for language in ("en", "ru", "zh"))


def test_a_file_beyond_the_limit_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_FILE", 1000)
    with pytest.raises(AppError) as error:
        read_script(book(), "a.epub")
    assert (error.value.code, error.value.key) == (Code.INVALID_INPUT, "script_too_large")


def test_entities_of_a_document_are_never_unfolded() -> None:
    page = f"{LAUGHS}]><html><body><p>Start &a8; end.</p></body></html>"
    project = read(changed(book(), "EPUB/one.xhtml", page.encode()), "a.epub")
    assert len(project.source) < 2000
    assert "Start &a8; end." in [line.text for line in project.lines]


@pytest.mark.parametrize(
    "encoding",
    [
        "utf-8",
        "utf-8-sig",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "cp1251",
        "koi8-r",
        "cp866",
        "gb18030",
        "big5",
        "cp1252",
        "latin-1",
    ],
)
def test_every_usual_encoding(encoding: str) -> None:
    text = {
        "gb18030": "林黛玉道：“你又来了。”宝玉笑道：“妹妹好。”",
        "big5": "林黛玉道：「你又來了。」寶玉笑道：「妹妹好。」",
        "cp1252": "“Well,” said the café’s owner, “it’s naïve.”",
        "latin-1": "Un garçon naïf, dit-elle, était déjà là. The café.",
    }.get(encoding, "Пришёл поезд, слава богу. Который час? - спросил Лопахин. Hello.")  # fmt: skip
    assert decoded(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "gb18030", "big5"])
@pytest.mark.parametrize("length", [12, 60, 400])
def test_short_texts_of_older_encodings(encoding: str, length: int) -> None:
    russian = (
        "Я спросил его, куда он едет. Он ответил, что сам не знает, и засмеялся. ГЛАВА ВТОРАЯ. Было тихо, шёл снег. "
    )
    chinese = {
        "gb18030": "我问他要去哪里。他说他自己也不知道，然后笑了起来。外面很安静，下了一整天的雪。",
        "big5": "我問他要去哪裡。他說他自己也不知道，然後笑了起來。外面很安靜，下了一整天的雪。",
    }
    text = (chinese.get(encoding, russian) * 6)[:length]
    assert decoded(text.encode(encoding)) == text
