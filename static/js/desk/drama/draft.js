import { Emitter } from "../../core/events.js";
import { NOTHING } from "./drafts.js";
import { applied, asOne } from "./edits.js";

/** @import { Drafts, Kept } from "./drafts.js" */
/** @import { Edit } from "./edits.js" */
/** @import { Project } from "./project.js" */

/** More changes than these are a drama to be rendered first. */
export const MOST_EDITS = 2000;

/**
 * A drama in hand: as the track has it, and as it is with the changes. `full` says that the browser keeps no more,
 * `most` that there are as many changes as can be.
 *
 * @extends {Emitter<{ change: [], full: [], most: [] }>}
 */
export class Draft extends Emitter {
  /** @type {Project} */
  project;
  /** The project before the last change, once somebody wanted it. @type {Project | null} */
  #before = null;
  #drafts;
  #kept = NOTHING;

  /** @param {Drafts} drafts @param {string} id of the track @param {Project} base */
  constructor(drafts, id, base) {
    super();
    this.#drafts = drafts;
    this.id = id;
    this.base = base;
    this.project = base;
    this.follow();
  }

  get edits() {
    return this.#kept.edits;
  }

  get undone() {
    return this.#kept.undone;
  }

  /** The key of the script that is being rendered with these changes. */
  get sent() {
    return this.#kept.sent ?? "";
  }

  /** Takes up what is kept: at first, and when another tab changed it. */
  follow() {
    const kept = this.#drafts.of(this.id);
    if (kept === this.#kept) return;
    this.#kept = kept;
    this.project = this.#with(kept.edits);
    this.emit("change");
  }

  /** The project with these changes, as it will be after a reload. @param {readonly Edit[]} edits */
  #with(edits) {
    this.#before = null;
    return edits.reduce(applied, this.base);
  }

  /**
   * Changes of one thing after each other are one change of what was before the first of them; none is left where that
   * is as it was.
   *
   * @param {Edit} edit
   * @returns {boolean} false when nothing came of it
   */
  act(edit) {
    const { edits } = this.#kept;
    const last = asOne(edits.at(-1), edit);
    if (!last && edits.length >= MOST_EDITS) {
      this.emit("most");
      return false;
    }
    const project = applied(this.project, edit);
    if (project === this.project) return false;
    const others = last ? edits.slice(0, -1) : edits;
    const before = last ? (this.#before ?? this.#with(others)) : this.project;
    this.project = last ? applied(before, last) : project;
    this.#before = before;
    const none = this.project === before;
    if (none) this.#before = null;
    this.#keep({ edits: none ? others : [...others, edit], undone: [], at: Date.now() });
    return true;
  }

  undo() {
    const { edits, undone } = this.#kept;
    const last = edits.at(-1);
    if (!last) return;
    this.project = this.#with(edits.slice(0, -1));
    this.#keep({ edits: edits.slice(0, -1), undone: [...undone, last], at: Date.now() });
  }

  redo() {
    const { edits, undone } = this.#kept;
    const next = undone.at(-1);
    if (!next) return;
    this.#before = this.project;
    this.project = applied(this.project, next);
    this.#keep({ edits: [...edits, next], undone: undone.slice(0, -1), at: Date.now() });
  }

  /** Takes all changes back; they can be done again. */
  discard() {
    const { edits, undone } = this.#kept;
    this.project = this.#with([]);
    this.#keep({ edits: [], undone: [...undone, ...edits.toReversed()], at: Date.now() });
  }

  /** The changes have become a track of their own. */
  forget() {
    this.project = this.#with([]);
    this.#keep(NOTHING);
  }

  /** The changes are on their way to a mix. @param {string} key of the script */
  send(key) {
    this.#keep({ ...this.#kept, sent: key });
  }

  /** @param {Kept} kept */
  #keep(kept) {
    this.#kept = kept;
    if (!this.#drafts.keep(this.id, kept)) this.emit("full");
    this.emit("change");
  }
}
