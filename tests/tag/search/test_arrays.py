"""Rows of many tracks: kept, compared, ranked, filtered."""

import base64
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.speech.keys import Tonality
from engine.tag.labels import built_in_reference, tag_names
from engine.tag.search.filters import among, by_key, by_tempo, key_number, near_tempo
from engine.tag.search.index import EMBEDDING, NUMBERS, Tagged, base_of, lifts_of, marks_of, renewed, vectors_of
from engine.tag.search.labels import Label, known, labels
from engine.tag.search.lifts import FARTHEST, OTHERS, OTHERS_SPREAD, lifts, table
from engine.tag.search.likeness import best, directions, products, similar
from engine.tag.search.packed import Packed, pack, unpack
from engine.tag.search.ranking import fused, ranked
from engine.tag.search.scores import CLAMP3, MUSICNN, scores_of


def packed(rows: Sequence[tuple[str, np.ndarray]], columns: Sequence[str] = ()) -> Packed:
    """Tracks and their numbers."""
    width = len(columns) or (len(rows[0][1]) if rows else 0)
    numbers = np.array([row for _, row in rows], np.float16).reshape(len(rows), width)
    return Packed(np.array([track.encode() for track, _ in rows], "S"), numbers, tuple(columns))


def _vectors(count: int, width: int = 20, seed: int = 1) -> Packed:
    rows = directions(np.random.default_rng(seed).normal(size=(count, width)))
    return Packed(np.array([b"%032x" % at for at in range(count)], "S"), rows)


@pytest.mark.parametrize(("count", "columns"), [(0, ()), (0, ("a", "б")), (1, ()), (3000, ()), (3, ("a", "б"))])
def test_what_is_packed_is_unpacked(count: int, columns: tuple[str, ...], tmp_path: Path) -> None:
    rows = np.random.default_rng(1).normal(size=(count, len(columns) or 7))
    content = packed([(f"трек{at}", row) for at, row in enumerate(rows)], columns)
    pack(tmp_path / "rows", content)
    found = unpack(tmp_path / "rows")
    assert found.columns == columns and np.array_equal(found.rows, content.rows) and found.rows.dtype == np.float16
    assert [found.track(row) for row in range(count)] == [f"трек{at}" for at in range(count)]
    if count:
        assert found.row_of(f"трек{count - 1}") == count - 1
    pack(tmp_path / "rows", packed([("new", np.ones(5))]))
    assert np.array_equal(found.rows, content.rows), "who has mapped it keeps it"
    assert [path.name for path in tmp_path.iterdir()] == ["rows"]


@pytest.mark.parametrize("damage", [b"", b"ACWROWS2", b"ACWROWS2\xff\xff\xff\xff", b"x" * 300])
def test_another_file_is_refused(damage: bytes, tmp_path: Path) -> None:
    (tmp_path / "rows").write_bytes(damage)
    with pytest.raises(ValueError, match="rows"):
        unpack(tmp_path / "rows")


def test_a_file_that_is_cut_is_refused(tmp_path: Path) -> None:
    pack(tmp_path / "rows", _vectors(100))
    whole = (tmp_path / "rows").read_bytes()
    for size in (len(whole) - 1, len(whole) + 1, len(whole) // 2, 30, 12):
        (tmp_path / "rows").write_bytes(whole[:size].ljust(size, b"\0"))
        with pytest.raises(ValueError, match="rows"):
            unpack(tmp_path / "rows")


def test_the_most_alike_come_first_as_all_at_once_would_say() -> None:
    vectors = _vectors(3000)
    query = vectors.row_of(vectors.track(5))
    exact = vectors.rows.astype(np.float32) @ vectors.rows[query].astype(np.float32)
    order = [row for row in np.argsort(-exact, kind="stable") if row != query]
    found = similar(vectors, [vectors.track(5)], 20)
    assert [track for track, _ in found] == [vectors.track(row) for row in order[:20]]
    assert [cosine for _, cosine in found] == pytest.approx(exact[order[:20]], abs=2e-3)
    among = np.arange(3000) % 2 == 0
    few = similar(vectors, [vectors.track(5)], 20, among=among)
    assert [track for track, _ in few] == [vectors.track(row) for row in order if among[row]][:20]
    assert len(similar(vectors, [vectors.track(5)], 10**9)) == 2999
    with pytest.raises(KeyError):
        similar(vectors, ["nobody"], 1)


def test_more_like_these_and_less_like_that_moves_the_answer() -> None:
    kinds = np.repeat(np.eye(3), 40, axis=0) + np.random.default_rng(2).normal(size=(120, 3)) * 0.1
    vectors = packed([(str(at), row) for at, row in enumerate(directions(kinds))])

    def kind(found: list[tuple[str, float]]) -> list[int]:
        return [int(track) // 40 for track, _ in found]

    assert set(kind(similar(vectors, ["0"], 30))) == {0}
    both = kind(similar(vectors, ["0", "40"], 78))
    assert both.count(0) == both.count(1) == 39
    every = kind(similar(vectors, ["0", "40", "80"], 117))
    less = kind(similar(vectors, ["0", "40", "80"], 117, unlike=["41", "42"]))
    assert np.mean([at for at, one in enumerate(less) if one == 1]) > np.mean(
        [at for at, one in enumerate(every) if one == 1]
    )
    assert less.count(1) == 37, "those that are named are not among them"


def test_products_and_the_best_of_them_are_exact() -> None:
    rows = np.random.default_rng(3).normal(size=(2500, 11)).astype(np.float16)
    query = np.random.default_rng(4).normal(size=11).astype(np.float32)
    assert np.allclose(products(rows, query), rows.astype(np.float32) @ query, atol=1e-5)
    scores = np.array([1, 3, 2, 3, -np.inf, 0], np.float32)
    assert [best(scores, n).tolist() for n in (0, 1, 3, 99)] == [[], [1], [1, 3, 2], [1, 3, 2, 0, 5, 4]]


SAD = Label("mood/sad", "mood", ("sad",), ("clamp3:mood/sad", "musicnn:sad"))
SLOW = Label("texture/slow", "pace", ("slow",), ("-measured:tempo_bpm",))


def test_a_lift_is_how_far_a_score_stands_out_of_the_library() -> None:
    names, scores = table(
        [
            {"musicnn:sad": 0.4, "measured:tempo_bpm": 60},
            {"musicnn:sad": 0.01, "measured:tempo_bpm": 120},
            {"musicnn:sad": 0.01},
            {},
        ]
    )
    rows = lifts(["a", "b", "c", "d"], names, scores, [SAD, SLOW])
    found = rows.rows.astype(np.float32)
    assert rows.columns == ("mood/sad", "texture/slow")
    others = [built_in_reference()[[tag.name for tag in tag_names()].index("sad")]] * OTHERS
    odds = np.array([np.log(share / (1 - share)) for share in (0.4, 0.01, 0.01, *others)])
    spread = np.sqrt(((odds - odds.mean()) ** 2).mean() + OTHERS_SPREAD**2 * OTHERS / len(odds))
    assert found[:3, 0] == pytest.approx((odds[:3] - odds.mean()) / spread, abs=2e-3)
    assert found[0, 1] == pytest.approx(1, abs=1e-3) == -found[1, 1]
    assert found[2, 1] == 0 and not found[3].any()
    one = lifts(["a"], names, scores[:1], [SAD, SLOW]).rows
    assert one[0, 0] > 1 and one[0, 1] == 0, "one track stands out of other music, where that is known"
    assert not lifts([], names, scores[:0], [SAD]).rows.size
    many = np.full((1000, len(names)), 0.001, np.float32)
    many[7] = 0.9
    assert float(lifts([str(at) for at in range(1000)], names, many, [SAD]).rows.max()) == FARTHEST


def text(values: np.ndarray) -> str:
    return base64.b64encode(values.astype("<f2").tobytes()).decode()


def library(heard: np.ndarray) -> list[Tagged]:
    """Tracks with an embedding each, and two that have none."""
    numbers = np.random.default_rng(2).normal(size=(len(heard), 400))
    facts = [
        {
            "vectors": {MUSICNN: text(row), EMBEDDING: text(embedding)},
            "tempo": {"bpm": 120.0},
            "key": {"name": "E minor"},
        }
        for row, embedding in zip(heard, numbers, strict=True)
    ]
    return [Tagged(f"{at:032x}", known) for at, known in enumerate([*facts, {}, {"measures": {"energy": 0.5}}])]


def test_a_library_of_records_becomes_rows_for_both_searches() -> None:
    heard = np.random.default_rng(1).uniform(0, 1, (5, 100))
    base = base_of(library(heard))
    rows, vectors, marks = lifts_of(base), vectors_of(base), marks_of(base)
    assert [rows.track(at) for at in range(7)] == [f"{at:032x}" for at in range(7)]
    assert "genre/rock" in rows.columns and "mood/energetic" in rows.columns and np.isfinite(rows.rows).all()
    assert ranked(rows, {"genre/rock": 1}, 1)[0].track == rows.track(int(np.argmax(heard[:, [0, 50 + 7]].max(axis=1))))
    assert vectors.rows.shape == (7, NUMBERS) and not vectors.rows[5:].any()
    assert marks.rows[:5].tolist() == [[120, key_number(Tonality(4, "minor")), 1, 0]] * 5
    assert np.isnan(marks.rows[5:, :2]).all() and not marks.rows[5:, 2].any()


def test_both_halves_of_an_embedding_count_alike_whatever_their_length() -> None:
    first, second = np.random.default_rng(3).normal(size=(2, NUMBERS))
    pairs = [(first, second), (9 * first, 0.5 * second), (first, np.zeros(NUMBERS)), (-first, second)]
    found = [{"vectors": {EMBEDDING: text(np.concatenate(pair))}} for pair in pairs]
    tracks = [Tagged(f"{at:032x}", facts) for at, facts in enumerate(found)]
    rows = vectors_of(base_of([*tracks, Tagged("f" * 32, {"vectors": {EMBEDDING: text(first)}})])).rows
    cosines = rows.astype(np.float32) @ rows[0].astype(np.float32)
    assert cosines[:3] == pytest.approx([1, 1, 2**-0.5], abs=0.1) and abs(cosines[3]) < 0.1
    assert cosines[0] == pytest.approx(cosines[1], abs=1e-3) and not rows[4].any(), "half an embedding is none"


@pytest.mark.parametrize("count", [0, 1, 5])
def test_rows_that_are_renewed_are_as_if_made_at_once(count: int) -> None:
    tracks = library(np.random.default_rng(1).uniform(0, 1, (5, 100)))
    changed = [replace(tracks[1], digest="1" * 16, facts={"measures": {"energy": 1.0}, "vectors": {"musicnn": "?"}})]
    old, now = tracks[:count], [*tracks[:1], *changed, *tracks[3:]]
    listed = np.array([f"{one.track}{one.digest}".encode() for one in now])
    there = {one.track + one.digest for one in old}
    found = renewed(base_of(old), listed, [one for one in now if one.track + one.digest not in there])
    whole = base_of(now)
    order = [found.ids.tolist().index(one) for one in whole.ids.tolist()]
    assert len(found.ids) == len(whole.ids)
    known_columns = [found.columns.index(name) for name in whole.columns]
    np.testing.assert_array_equal(found.rows[np.ix_(order, known_columns)], whole.rows)
    for made in (lifts_of, vectors_of, marks_of):
        np.testing.assert_allclose(made(found).rows[order].astype(float), made(whole).rows.astype(float), atol=2e-3)


def test_the_facts_of_a_record_become_scores() -> None:
    heard = np.zeros(100)
    heard[0] = 0.5
    facts = {
        "vectors": {MUSICNN: text(heard), CLAMP3: text(np.linspace(0, 1, 160))},
        "tempo": {"bpm": 120, "source": "model"},
        "sound": {"singing": 0.25},
        "measures": {"energy": 0.5, "brightness_hz": None},
        "tags": [
            {"name": "rock", "category": "genre", "source": "musicnn"},
            {"name": "dark", "category": "texture", "source": "user"},
            {"name": "choir", "category": "voice", "source": "user"},
        ],
        "removed": [{"name": "dark", "category": "mood"}],
    }
    found = scores_of(facts, loudness_lufs=-14)
    assert found["musicnn:rock"] == 0.5 and found["musicnn:jazz"] == 0
    assert found["clamp3:mood/melancholic"] == 0 and found["clamp3:production_technique/vinyl crackle"] == 1
    assert {name: value for name, value in found.items() if name.startswith("measured:")} == {
        "measured:tempo_bpm": 120, "measured:singing": 0.25, "measured:energy": 0.5, "measured:loudness_lufs": -14,
    }  # fmt: skip
    own = {"user:texture/dark", "user:instruments/choir", "removed:mood/dark"}
    named = {score.removeprefix("-") for label in labels() for score in label.scores}
    assert found.keys() - named == own and named - found.keys() == {"measured:brightness_hz"}
    names, values = table([found, scores_of({})])
    rows = lifts(["a", "b"], names, values, known(names))
    for label in ("texture/dark", "instruments/choir"):
        assert rows.rows[:, rows.columns.index(label)].tolist() == [FARTHEST, 0]


def test_a_tag_that_the_user_took_away_stands_out_no_more() -> None:
    for heard in (0.9, 0.0001):
        names, values = table([{"musicnn:sad": heard, "removed:mood/sad": 1.0}, {"musicnn:sad": heard}])
        first, second = lifts(["a", "b"], names, values, [SAD]).rows[:, 0].tolist()
        assert first == min(0, second) and second != 0


@pytest.mark.parametrize("broken", ["", "?", "AAA", "AH4AfgB+", 7, None])
def test_a_vector_that_cannot_be_read_is_none(broken: object) -> None:
    assert scores_of({"vectors": {MUSICNN: broken, CLAMP3: broken}}) == {}


def test_tracks_are_ranked_by_what_stands_out_and_say_why() -> None:
    rows = packed(
        [("a", np.array([2.0, 1.0])), ("b", np.array([1.0, -1.0])), ("c", np.array([-1.0, 3.0]))],
        ("mood/sad", "texture/slow"),
    )
    both = ranked(rows, {"mood/sad": 1, "texture/slow": 1}, 5)
    assert [(found.track, found.score) for found in both] == [("a", 1.5), ("c", 1.0)], "b stands out of nothing"
    assert both[0].why == {"mood/sad": 1.0, "texture/slow": 0.5}
    assert both[1].why == {"texture/slow": 1.5}
    refused = ranked(rows, {"mood/sad": 1, "texture/slow": -1}, 5)
    assert [found.track for found in refused] == ["b", "a"] and refused[0].why == {"mood/sad": 0.5, "texture/slow": 0.5}
    assert [found.track for found in ranked(rows, {"texture/slow": 1}, 5, np.array([True, True, False]))] == ["a"]
    assert ranked(rows, {}, 5) == ranked(rows, {"genre/jazz": 1}, 5) == []


def test_rankings_are_joined_by_places() -> None:
    assert fused(["a", "b", "c"], ["c", "a"]) == ["a", "c", "b"]
    assert fused(["a", "b"], []) == ["a", "b"] and fused() == []


def test_tracks_are_filtered_by_tempo_and_key() -> None:
    assert by_tempo(np.array([60, np.nan, 120, 125]), 100, 124).tolist() == [False, False, True, False]
    assert near_tempo(np.array([115, 120, 124, np.nan]), 120).tolist() == [False, True, True, False]
    a_minor, c_major = Tonality(9, "minor"), Tonality(0, "major")
    known = [a_minor, c_major, Tonality(4, "minor"), Tonality(2, "minor"), Tonality(7, "major")]
    keys = np.array([*map(key_number, known), np.nan])
    assert by_key(keys, [a_minor]).tolist() == [True] + [False] * 5
    assert by_key(keys, a_minor.compatible).tolist() == [True, True, True, True, False, False]
    assert by_key(keys, []).tolist() == [False] * 6


@pytest.mark.parametrize("width", [3, 32, 48])
def test_tracks_are_filtered_by_id(width: int) -> None:
    ids = np.array([b"%0*x" % (width, at) for at in range(3000)])
    assert among(ids, ids[::3]).tolist() == [at % 3 == 0 for at in range(3000)]
    assert not among(ids, ids[:0]).any() and among(ids[:0], ids).tolist() == []
