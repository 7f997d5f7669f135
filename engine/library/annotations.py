"""Facts that are added to a track after it was made (tags, tempo, transcript): with their history, and undone again."""

from collections.abc import Iterable, Mapping
from typing import Any

from engine.errors import AppError, Code
from engine.library.atomic import json_bytes
from engine.library.record import Annotation, Record

HISTORY = 100
"""Later undoing reaches back so many annotations of a track; the facts themselves stay."""
HISTORY_OF_A_COMMAND = 3
"""And so many that jobs of one command have made: each holds what it found whole, hours of beats among it."""
HISTORY_BYTES = 1 << 22
"""And so much of them as a record has them, of which a quarter of what can be read is left to the history."""


def annotated(record: Record, annotation: Annotation) -> Record:
    """The record with these facts; itself where it has that annotation already, undone or not. Of a job's, those that
    the user corrected by hand, before or while it ran, are left out."""
    if any(known.id == annotation.id for known in record.annotations):
        return record
    if annotation.job_id is not None and (own := corrected_by_hand(record.annotations)):
        kept = {name: value for name, value in annotation.facts.items() if name not in own}
        annotation = annotation.model_copy(update={"facts": kept})
    replaced = {name: record.facts[name] for name in annotation.facts if name in record.facts}
    history = [*record.annotations, annotation.model_copy(update={"replaced": replaced})]
    facts = {name: value for name, value in (record.facts | annotation.facts).items() if value is not None}
    return record.model_copy(update={"facts": facts, "annotations": _kept(history)})


def corrected_by_hand(annotations: Iterable[Annotation]) -> set[str]:
    """Names of the facts that are as the user put them, and that no command replaces."""
    return {name for known in annotations if known.job_id is None and known.undone_at is None for name in known.facts}


def _kept(history: list[Annotation]) -> list[Annotation]:
    """Without what jobs of the last one's command made long ago, and without the oldest beyond the limits. The last
    one stays, and so does what says that a fact is the user's."""
    command = history[-1].command
    made = [known.id for known in history if known.job_id is not None and known.command == command]
    history = [known for known in history if known.id not in made[:-HISTORY_OF_A_COMMAND]]
    standing = [known for known in history if known.job_id is None and known.undone_at is None]
    own = {name: known.id for known in standing for name in known.facts}
    needed = {history[-1].id, *own.values()}
    sizes = {known.id: len(json_bytes(known.model_dump(mode="json"))) for known in history}
    count, size = len(history), sum(sizes.values())
    kept = []
    for known in history:
        if known.id not in needed and (count > HISTORY or size > HISTORY_BYTES):
            count, size = count - 1, size - sizes[known.id]
        else:
            kept.append(known)
    return kept


def undone(record: Record, annotation_id: str, at: float) -> Record:
    """The record as if that annotation had not been made: what it replaced comes back, what came later stays.

    Raises NOT_FOUND.
    """
    place = next((i for i, known in enumerate(record.annotations) if known.id == annotation_id), None)
    if place is None:
        raise AppError(Code.NOT_FOUND, "annotation_not_found")
    if record.annotations[place].undone_at is not None:
        return record
    facts, history = dict(record.facts), [known.model_copy(deep=True) for known in record.annotations]
    history[place].undone_at = at
    for name in history[place].facts:
        later = (known for known in history[place + 1 :] if known.undone_at is None and name in known.facts)
        above = next(later, None)
        values = facts if above is None else above.replaced
        if name in history[place].replaced:
            values[name] = history[place].replaced[name]
        else:
            values.pop(name, None)
    return record.model_copy(update={"facts": facts, "annotations": history})


def texts(facts: Mapping[str, Any]) -> list[str]:
    """What the search finds a track by: facts that are text, and the names of things in lists."""
    found = []
    for fact in facts.values():
        for item in fact if isinstance(fact, list) else [fact]:
            text = item.get("name") if isinstance(item, dict) else item
            found += [text] if isinstance(text, str) else []
    return found
