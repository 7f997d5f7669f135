"""The tags of a track's own file: what was found out about the track goes into them, after a look at the difference.

The file is never changed in place: a light worker makes a copy with the tags, which takes its place in one step. What
stood there before is in the record by then, so that whatever dies on the way loses nothing.
"""

import contextlib
import threading
import time
import uuid
from collections.abc import Collection
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from engine.errors import AppError, Code, invalid
from engine.jobs.light_tasks import SoundTasks
from engine.library.atomic import scratch
from engine.library.library import Library
from engine.library.record import TagsWritten
from engine.tag.file_tags import NAMES, Field, KeyForm, Mode, TagChange, difference, digest, wanted


@dataclass(frozen=True)
class TagsAsked:
    """How tags are to be written; `fields`: no others than these, None for all."""

    mode: Mode = "keep"
    key_form: KeyForm = "standard"
    fields: Collection[Field] | None = None


@dataclass(frozen=True)
class Preview:
    """What would change; the digest is that of all fields, so that some of them can be left out afterwards."""

    changes: list[TagChange]
    digest: str

    def plain(self, fields: Collection[Field] | None = None) -> dict[str, Any]:
        """As the page is told, of these fields alone."""
        shown = [change.plain() for change in self.changes if fields is None or change.field in fields]
        return {"fields": shown, "digest": self.digest}


class FileTags:
    """Writes the tags of tracks' files, one file at a time, whosever it is."""

    def __init__(self, library: Library, tasks: SoundTasks, scratch_dir: Path) -> None:
        self._library, self._tasks, self._scratch_dir = library, tasks, scratch_dir
        self._writing = threading.Lock()

    def of(self, user: str) -> "FileTags":
        """The same for the tracks of this user alone."""
        own = copy(self)
        own._library = self._library.of(user)
        return own

    def say(self, track_id: str, names: Collection[Literal["artist", "title"]]) -> None:
        """Put the own words of the user, as the record has them, into the file. Raises NOT_FOUND, DISK_FULL."""
        with self._writing, scratch(self._scratch_dir) as copy:
            record = self._library.record(track_id)
            words: dict[str, str] = {name: getattr(record, name) or "" for name in names}
            self._library.with_audio(track_id, lambda path: self._tasks.write_tags(path, copy, words))
            self._library.replace_audio(track_id, copy)

    def preview(self, track_id: str, asked: TagsAsked) -> Preview:
        """What would change. Raises NOT_FOUND, INVALID_INPUT where nothing was found that a file could say."""
        want = wanted(self._library.record(track_id).facts, asked.key_form)
        if not want:
            raise invalid("nothing_for_tags", name=self._library.row(track_id)["title"])
        names = [name for each in want for name in NAMES[each.field]]
        have = self._library.with_audio(track_id, lambda path: self._tasks.read_tags(path, names))
        changes = difference(have, want, asked.mode)
        return Preview(changes, digest(changes))

    def write(self, track_id: str, asked: TagsAsked, looked_at: str) -> Preview:
        """Write what `preview` showed under the digest `looked_at`; what was written.

        Raises INVALID_INPUT `tags_changed` where file or facts are not as they were then; else as `preview`, DISK_FULL.
        """
        with self._writing, scratch(self._scratch_dir) as copy:
            preview = self.preview(track_id, asked)
            if preview.digest != looked_at:
                raise invalid("tags_changed")
            chosen = [c for c in preview.changes if c.changes and (asked.fields is None or c.field in asked.fields)]
            if not chosen:
                return Preview([], looked_at)
            values = {name: texts for change in chosen for name, texts in change.after.items()}
            before = {name: texts for change in chosen for name, texts in change.before.items()}
            replaced = self._library.with_audio(
                track_id, lambda path: self._tasks.replace_tags(path, copy, values, before)
            )
            written = TagsWritten(id=uuid.uuid4().hex, at=time.time(), values=values, replaced=replaced)
            self._library.note_tags(track_id, written)
            self._put(track_id, copy, written)
            return Preview(chosen, looked_at)

    def _put(self, track_id: str, copy: Path, written: TagsWritten) -> None:
        try:
            self._library.replace_audio(track_id, copy)
        except BaseException:
            with contextlib.suppress(AppError):  # it was deleted meanwhile
                self._library.forget_tags(track_id, written.id)
            raise

    def undo(self, track_id: str) -> list[str]:
        """Have the file say what it said before the last writing; the names of tags that do so. What was changed since
        then stays. Raises NOT_FOUND where nothing was written, DISK_FULL."""
        with self._writing, scratch(self._scratch_dir) as copy:
            history = self._library.record(track_id).file_tags
            if not history:
                raise AppError(Code.NOT_FOUND, "no_tags_written")
            last = history[-1]
            back = self._library.with_audio(
                track_id, lambda path: self._tasks.restore_tags(path, copy, last.values, last.replaced)
            )
            if back:
                self._library.replace_audio(track_id, copy)
            self._library.forget_tags(track_id, last.id)
            return back
