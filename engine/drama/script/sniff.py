"""Whether an upload is a script or sound, by its first bytes and its name. Light: the server asks."""

import codecs
import re

HEAD = 4096
"""Bytes that are enough to tell."""

_NAMES = (
    ".txt", ".text", ".md", ".markdown",
    ".fountain", ".spmd", ".srt", ".vtt", ".json", ".epub", ".docx", ".docm", ".html", ".htm", ".xhtml",
)  # fmt: skip
_PACKED = b"PK\x03\x04"
_SOUND = (
    b"RIFF",
    b"fLaC",
    b"OggS",
    b"ID3",
    b"FORM",
    b"wvpk",
    b"MAC ",
    b"caff",
    b"\x1aE\xdf\xa3",
    b"#!AMR",
    b"0&\xb2u",
    b".snd",
)


def is_named_as_script(name: str) -> bool:
    return name.lower().endswith(_NAMES)


def looks_like_script(head: bytes, name: str) -> bool:
    """Whether a file that begins so is text, a screenplay, subtitles, JSON, an EPUB or a DOCX. `head`: at least HEAD
    bytes, or the whole file. What has the name of sound and the bytes of text is a script: bytes tell more.
    """
    if not head or head.startswith(_SOUND) or head[4:8] == b"ftyp":
        return False
    if head.startswith(_PACKED):
        return (
            b"mimetypeapplication/epub+zip" in head
            or b"word/" in head
            or name.lower().endswith((".epub", ".docx", ".docm"))
        )
    if head.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not _is_mpeg(head):
        return True
    named = is_named_as_script(name)
    sample = head[:HEAD]
    controls = sum(sample.count(byte) for byte in (*range(1, 9), *range(14, 27), *range(28, 32)))
    if sample.count(0):
        return named and utf_16_without_mark(sample) is not None
    if controls > 2:
        return False
    return named or _is_utf8(sample) or _words(sample)


def utf_16_without_mark(data: bytes) -> str | None:
    """`utf-16-le` or `utf-16-be` of a text of Latin or Cyrillic letters: one byte of nearly every two is 0 or 4."""
    head = data[: min(HEAD, len(data) // 2 * 2)]
    pairs = len(head) // 2
    high = [sum(head[half::2].count(byte) for byte in (0, 4)) for half in (0, 1)]
    for half, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if pairs > 1 and high[half] > 0.8 * pairs and high[1 - half] < 0.3 * pairs and head.count(0):
            return name
    return None


def _is_mpeg(head: bytes) -> bool:
    """A frame of MP3 or AAC may begin as a mark of UTF-16 does: an MPEG sync word whose layer and rate are valid."""
    return (
        head[0] == 0xFF
        and head[1] & 0xE0 == 0xE0
        and head[1] & 0x18 != 0x08
        and head[1] != 0xFE
        and head[:64].count(0) < 8
    )


def _is_utf8(sample: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def _words(sample: bytes) -> bool:
    """Whether bytes above ASCII stand in runs with spaces and lines between, as letters of an older encoding do."""
    spaces = len(re.findall(rb"[ \r\n]", sample))
    return spaces > len(sample) // 40 and sample.count(0xFF) <= 2
