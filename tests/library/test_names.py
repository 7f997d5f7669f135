"""File names: any script, any length, every system."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.library.names import clean, track_name, unique

WHEN = datetime(2026, 3, 7, 9, 5)


@pytest.mark.parametrize(
    ("artist", "seed", "name"),
    [
        (None, 7, "composer_7_07032026_09_05"),
        (None, -1, "composer_07032026_09_05"),
        (None, None, "composer_07032026_09_05"),
        ("Анна К.", 7, "Анна-К_composer_7_07032026_09_05"),
        ("王菲", 0, "王菲_composer_0_07032026_09_05"),
        ("../../etc/passwd", 1, "etc-passwd_composer_1_07032026_09_05"),
        ("CON", 1, "CON-_composer_1_07032026_09_05"),
        ("\u202egnp.exe", 1, "gnp-exe_composer_1_07032026_09_05"),
        (" . ", 1, "composer_1_07032026_09_05"),
    ],
)
def test_names_are_readable_and_safe(artist: str | None, seed: int | None, name: str) -> None:
    assert track_name("composer", seed, WHEN, artist) == name


@given(st.text(max_size=300), st.integers(-1, 99_999_999))
def test_any_artist_gives_a_name_that_every_file_system_takes(artist: str, seed: int) -> None:
    name = track_name("composer", seed, WHEN, artist)
    assert len(name.encode()) <= 180
    assert not set(name) & set('/\\:*?"<>|\0\n\r\t ') and not name.startswith((".", "-")) and name.isprintable()
    assert clean(clean(artist)) == clean(artist)


def test_a_taken_name_gets_a_number_and_is_never_reused() -> None:
    taken = {"a", "a_2"}
    assert unique("a", taken.__contains__) == "a_3"
    assert unique("b", taken.__contains__) == "b"
