"""What a drama can be handed over as. Light: the server offers them."""

FORMS = {
    "subtitles.srt": "application/x-subrip",
    "subtitles.vtt": "text/vtt",
    "karaoke.vtt": "text/vtt",
    "lyrics.lrc": "text/plain",
    "book.m4b": "audio/mp4",
    "book.epub": "application/epub+zip",
    "lines.zip": "application/zip",
}
"""File -> media type."""

LARGE = frozenset({"book.m4b", "book.epub", "lines.zip"})
"""Those that all sound has to be read for: made once, and kept."""
