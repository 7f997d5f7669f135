"""Playlists that players can read, whatever titles and files are called."""

from engine.library.m3u import M3uEntry, m3u


def test_each_sound_has_its_length_its_title_and_a_line_of_its_own() -> None:
    text = m3u([M3uEntry("a/песня.flac", "Песня", 61.6), M3uEntry("http://127.0.0.1:5000/x", "X")], "Спокойное")
    assert text.splitlines() == [
        "#EXTM3U", "#PLAYLIST:Спокойное", "#EXTINF:62,Песня", "a/песня.flac", "#EXTINF:-1,X", "http://127.0.0.1:5000/x",
    ]  # fmt: skip
    assert text.endswith("\n") and m3u([]) == "#EXTM3U\n"


def test_no_title_writes_a_line_and_no_name_becomes_a_comment() -> None:
    hostile = "a\n/etc/passwd\r#EXTINF:1,b\u2028c\x00"
    text = m3u([M3uEntry("#1 hit.mp3", hostile, 3), M3uEntry("a\nb.mp3", "left out"), M3uEntry("", "")], hostile)
    assert text.splitlines() == ["#EXTM3U", f"#PLAYLIST:{_one_line()}", f"#EXTINF:3,{_one_line()}", "./#1 hit.mp3"]


def _one_line() -> str:
    return "a /etc/passwd #EXTINF:1,b c"
