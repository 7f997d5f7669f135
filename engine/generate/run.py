"""The runner of `/generate`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from engine.audio.block import Audio
from engine.audio.loudness import CEILING_DBTP
from engine.context import JobContext, TrackDraft
from engine.errors import invalid
from engine.generate.append import appended
from engine.generate.composer.chord_names import harmony
from engine.generate.composer.composition import Composition, compose, recompose
from engine.generate.composer.edit import Edit
from engine.generate.composer.engine import RATE_HZ, Composer, find_soundfont
from engine.generate.composer.prompt import understand
from engine.generate.composer.reference import Reference, analyze_clip, joined, scored
from engine.generate.composer.sampling import Sampling
from engine.generate.composer.score import midi_bytes
from engine.generate.composer.spoken_edits import SpokenEdits, spoken_edits
from engine.generate.composer.theory import key_named
from engine.generate.effective import SEEDS, drawn_seed, effective
from engine.generate.levels import level_of
from engine.generate.models import COMPOSER, OWN
from engine.generate.own import check
from engine.generate.params import GenerateParams
from engine.generate.recipe import Recipe, Step

_SAME_TEMPO = 0.02


def run(params: GenerateParams, job: JobContext) -> None:
    """One track by the composer; or what a language model makes."""
    if params.model == OWN:  # again: what lies there may have changed; and before anything heavy is imported
        check(params, job.models_dir)
    if params.model != COMPOSER:
        from engine.generate.musicgen.perform import perform

        return perform(params, job)
    return _compose(params, job)


def _compose(params: GenerateParams, job: JobContext) -> None:
    """Compose, play and hand in a track for each variation: the seed moves on by one."""
    clips = [key for key in (params.audio_prompt, params.continuation_source) if key]
    pieces = params.variations
    job.plan(**({"LISTENING": 2} if clips else {}), **_WORK, **_later(pieces - 1))
    reference = _reference(params, job)
    first = drawn_seed(params)
    for number in range(pieces):
        if number:
            job.plan(**_WORK, **_later(pieces - number - 1))
        _one(params, (first + number) % SEEDS, (number + 1, pieces), reference, job)


_WORK = {"WRITING": 1.0, "PLAYING": 6.0, "MIXING": 2.0}


def _later(pieces: int) -> dict[str, float]:
    """What pieces that are still to come take of the whole."""
    return {"LATER": pieces * sum(_WORK.values())} if pieces else {}


def _one(
    params: GenerateParams, seed: int, variation: tuple[int, int], reference: Reference | None, job: JobContext
) -> None:
    """One of so many variations. Its record says what makes it alone: its own seed, and one variation."""
    job.progress(0, 1, "WRITING")
    written = _written(params, seed, reference, job)
    composition, duration_s = written.composition, written.duration_s
    job.progress(1, 1, "WRITING")
    composer = job.engine(f"composer:{find_soundfont(job.models_dir)}", Composer)
    piece = composer.play(composition, duration_s, job, stems=params.stems, level=level_of(params))
    sound: Audio | Iterator[Audio] = piece.audio
    midi, stems = piece.midi, piece.stems
    number, pieces = variation
    parameters = effective(params, seed) | {"duration": duration_s}
    if pieces > 1:
        parameters |= {"variation": number, "variations": 1}
    if params.continuation_source:
        clip = job.open(params.continuation_source)
        sound, facts = appended(clip, piece.audio, RATE_HZ, crossfade_s=params.crossfade_s)
        parameters |= facts
        start_s = facts["continuation_start_s"]
        midi = midi_bytes(piece.score, start_s)
        stems = {name: replace(stem, silence=round(start_s * RATE_HZ)) for name, stem in stems.items()}
    promised = params.loudness == "loudness" and not params.continuation_source  # a clip keeps its own peaks
    job.new_track(
        TrackDraft(
            audio=sound,
            rate_hz=RATE_HZ,
            output=params,
            model="composer",
            prompt=params.prompt,
            variation=variation if pieces > 1 else None,
            parameters=parameters,
            details=details(composition, reference) | written.details | {"soundfont": composer.soundfont},
            midi=midi,
            stems=stems,
            ceiling_dbtp=CEILING_DBTP if promised else None,
        )
    )


@dataclass(frozen=True)
class _Written:
    """A piece on paper; `details`: where it comes from and what was changed, for the record and the card."""

    composition: Composition
    duration_s: float
    details: dict[str, Any]


def _written(params: GenerateParams, seed: int, reference: Reference | None, job: JobContext) -> _Written:
    """A new piece, or one of the library with something changed, or one more of its kind."""
    sampling = Sampling(seed, params.temperature, params.top_k, params.top_p, params.cfg_coef)
    key = params.piece or params.like
    if not key:
        composition = compose(params.prompt, params.duration, sampling, reference, loop=params.loop_mode)
        return _Written(composition, params.duration, {})
    record = job.record(key)
    if record is None:
        raise invalid("piece_uploaded")
    recipe = Recipe.of(record)
    again = record.prompt == params.prompt and not params.piece
    heard = SpokenEdits((), (), False) if again else spoken_edits(params.prompt)
    edits = list(heard.edits)
    if params.duration != record.parameters.duration:
        edits = [edit for edit in edits if edit.kind != "length"] + [Edit("length", "set", params.duration)]
    steps = [*recipe.steps]
    if params.like:
        steps.append(Step("", (Edit("anew", "tempo stays" if _tempo_said(recipe) else "", float(seed)),)))
    if edits or params.piece:
        steps.append(Step(params.prompt, tuple(edits)))
    made = recompose(
        recipe.prompt,
        recipe.duration_s,
        replace(sampling, seed=recipe.seed),
        [step.edits for step in steps],
        reference,
        loop=params.loop_mode,
    )
    origin = {
        "track_id": record.id,
        "title": record.title,
        "relation": "edit" if params.piece else "like",
        "changes": [change for change in made.revision.changes if change["kind"] != "anew"],
        "refused": list(made.revision.refused),
        "not_heard": list(heard.not_heard) if edits else [],
    }
    recipe = replace(recipe, steps=tuple(steps))
    unsaid: dict[str, Any] = {"heard": {}, "not_heard": []} if params.piece else {}  # the words were no description
    kept = {"origin": origin, "recipe": recipe.as_json(), **unsaid}
    return _Written(made.composition, made.duration_s, kept)


def _tempo_said(recipe: Recipe) -> bool:
    """Whether the tempo of a piece was asked for, first or by an edit."""
    asked = understand(recipe.prompt).tempo_bpm is not None
    return asked or any(edit.kind == "tempo" for step in recipe.steps for edit in step.edits)


def _reference(params: GenerateParams, job: JobContext) -> Reference | None:
    """What the clips give: the one that goes on gives tempo and key, the melody reference the rest, moved into it."""
    clips = {"continuation_source": params.continuation_source, "audio_prompt": params.audio_prompt}
    found: dict[str, Reference] = {}
    for number, (name, key) in enumerate(clips.items()):
        if key:
            job.progress(number, len(clips), "LISTENING")
            melody = name == "audio_prompt"
            found[name] = analyze_clip(job.open(key), job.check_canceled, melody=melody, known=_scored(job, key))
    if not found:
        return None
    job.progress(1, 1, "LISTENING")
    clip, tune = found.get("continuation_source"), found.get("audio_prompt")
    return joined(clip, tune) if clip and tune else clip or tune


def _scored(job: JobContext, clip: str) -> Reference | None:
    """What the score of a clip that was composed here says of it."""
    music = job.known_music(clip)
    key = key_named(music.key) if music else None
    return scored(music.tempo_bpm, key) if music and key else None


def details(composition: Composition, reference: Reference | None = None) -> dict[str, Any]:
    """What was understood and what was written, for the record and the card."""
    intent, plan, score = composition.intent, composition.plan, composition.written
    heard = {
        "genres": list(intent.genres),
        "moods": list(intent.moods),
        "instruments": [i for i in intent.instruments if i not in plan.ignored] + list(intent.pieces),
        "alone": intent.alone,
        "without": list(intent.without),
        "tempo_bpm": intent.tempo_bpm,
        "pace_bpm": intent.pace_bpm,
        "key": plan.key.name if intent.tonic is not None else None,
        "mode": intent.mode,
        "scale": "pentatonic" if intent.pentatonic else None,
        "metre": intent.metre,
        "form": list(intent.form),
        "parts": intent.parts,
        "loop": intent.loop,
    }
    bar_s = score.metre.bar_ticks * score.quarter_us / 480_000_000
    form, start_s = [], 0.0
    for section in plan.form:
        form.append({"name": section.name, "bars": section.bars, "start_s": round(start_s, 3)})
        start_s += section.bars * bar_s
    if not plan.loop:
        form.append({"name": "ending", "bars": 1, "start_s": round(start_s, 3)})
    taken = taken_over(composition, reference) if reference else {}
    return {
        "heard": {name: value for name, value in heard.items() if value},
        "not_heard": [*intent.not_heard, *plan.ignored],
        **({"taken_over": taken} if taken else {}),
        "key": plan.key.name,
        "tempo_bpm": round(score.tempo_bpm, 2),
        "metre": plan.metre.name,
        "genre": plan.genre.name,
        "form": form,
        "loop": plan.loop,
        "chords": list(score.chords),
        "harmony": harmony(score, ending=not plan.loop),
        "parts": [
            {"role": part.role, "instrument": part.instrument.name, "notes": len(part.notes)} for part in score.parts
        ],
    }


def taken_over(composition: Composition, reference: Reference) -> dict[str, Any]:
    """What the piece has from a clip: what was heard in it and the prompt left open."""
    intent, plan, score = composition.intent, composition.plan, composition.written
    taken: dict[str, Any] = {}
    tempo = reference.tempo_bpm if intent.tempo_bpm is None else None
    if tempo and any(abs(score.tempo_bpm / (tempo * factor) - 1) < _SAME_TEMPO for factor in (1.0, 2.0, 0.5)):
        taken["tempo_bpm"] = round(score.tempo_bpm, 2)
    if reference.tonic is not None and intent.tonic is None:
        taken["key"] = plan.key.name
    if plan.contour and any(part.role == "melody" and part.notes for part in score.parts):
        taken["melody_notes"] = len(reference.contour)
    return taken
