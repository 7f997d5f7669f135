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
