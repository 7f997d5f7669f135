"""Understanding a book can be stopped at any of its lines, and tells how far it is, whichever step it is at."""

from itertools import count, pairwise
from pathlib import Path

import pytest

from engine.drama.analysis import analysed
from engine.drama.params import DramaParams
from engine.errors import Canceled
from tests.fake_job import FakeJob

TEXTS = {
    "en": "“Who is there?” asked Anna. The rain fell.\n\n“It is me,” said Peter. He closed the door.\n\n",
    "ru": "— Кто там? — спросила Анна. Шёл дождь.\n\n— Это я, — сказал Пётр. Он закрыл дверь.\n\n",
    "zh": "“谁在那里？”李安娜问道。外面下着雨。\n\n“是我。”王小明说道。他关上了门。\n\n",
}


@pytest.mark.parametrize("language", TEXTS)
def test_a_book_that_is_read_is_heard_of_at_every_line_and_can_be_stopped_there(tmp_path: Path, language: str) -> None:
    data, params = (20 * TEXTS[language]).encode(), DramaParams.checked({"text": "x", "language": language})
    job = FakeJob(tmp_path)
    looks = count()
    job.cancel_when = lambda: next(looks) < 0
    project = analysed(data, "", params, job)
    asked = next(looks)
    assert asked > 8 * len(project.lines) and project.understood
    shares = [share for _, share in job.shares]
    assert shares == sorted(shares) and 0 <= shares[0] < 0.05 and shares[-1] > 0.95
    assert max(later - before for before, later in pairwise(shares)) < 0.2
    for stop in (1, asked // 4, asked // 2, asked - 3):
        reached = count()
        stopped = FakeJob(tmp_path, lambda stop=stop, reached=reached: next(reached) >= stop)
        with pytest.raises(Canceled):
            analysed(data, "", params, stopped)
        assert next(reached) == stop + 1, "nothing more was done"
