import { Stored } from "../core/stored.js";
import { imported } from "./chat-file.js";
import { answered, inserted, isAside, isOpen, jobPart, line, OPEN } from "./messages.js";

/** @import { TextStorage } from "../core/storage.js" */
/** @import { About, ErrorBody, JobRow, ServerState, TrackRow } from "../core/types.js" */
/** @import { Message, Refused } from "./messages.js" */

export const KEY = "chat_history_v2";
const KEPT = 400;
const FORGOTTEN = 2000;
/** How far back work from elsewhere is brought into the chat. */
const SHOWN_FROM_ELSEWHERE = 50;

/** Chats of earlier versions kept the file's name. @param {{ id: string, title?: string, name?: string }} track */
const titled = ({ id, title, name }) => ({ id, title: title ?? name ?? "" });

/**
 * The chat, kept in the browser and reconciled with the server. Messages are never changed in place: a new object
 * stands for a new state, and jobs that only progressed leave the list as it is.
 */
export class History extends Stored {
  /** @type {readonly Message[]} */
  messages = [];
  /** Server time up to which finished work was cleared away. */
  #cleared_at = 0;
  /** Tracks that were deleted with their lines: the server still knows their jobs. @type {readonly string[]} */
  #forgotten = [];
  /** @type {Map<string, string | null>} */
  #textFields = new Map();
  /** Jobs that have no message of their own. @type {Set<string>} */
  #batched = new Set();

  /** @param {TextStorage} storage */
  constructor(storage) {
    super(storage, KEY);
    this.reload();
  }

  /** Reads what is stored: at the start, and when another tab wrote. */
  reload() {
    /** @type {{ messages?: Message[], cleared_at?: number, forgotten?: string[] }} */
    const stored = this.stored({});
    this.messages = (stored.messages ?? []).map((message) => line({ ...message, tracks: message.tracks.map(titled) }));
    this.#cleared_at = stored.cleared_at ?? 0;
    this.#forgotten = stored.forgotten ?? [];
    this.emit("change");
  }

  /**
   * The user's words and, below them, the message that will follow the job.
   *
   * @param {object} asked
   * @param {string} asked.requestId
   * @param {string} asked.command
   * @param {string} asked.shown
   * @param {About | null} [asked.about]
   * @param {NonNullable<Message["unsent"]>} asked.unsent
   * @param {number} asked.at unix seconds
   * @param {boolean} [asked.alone] a further variation: its words stand above already
   */
  ask({ requestId, command, shown, about = null, unsent, at, alone = false }) {
    const both = { at, command, text: shown, about, request_id: requestId };
    this.#put([
      ...this.messages,
      ...(alone ? [] : [line({ ...both, id: `u:${requestId}`, role: "user" })]),
      line({ ...both, id: requestId, role: "system", status: "SENDING", unsent }),
    ]);
  }

  /** @param {string} id a message that is sent once more */
  resend(id) {
    this.#replace(id, { status: "SENDING", error: null });
  }

  /** @param {string} requestId @param {string} jobId */
  taken(requestId, jobId) {
    const message = this.messages.find((m) => m.role !== "user" && m.request_id === requestId);
    if (!message || message.job_id === jobId) return;
    this.#replace(message.id, {
      job_id: jobId,
      unsent: null,
      status: message.status === "SENDING" ? "PENDING" : message.status,
    });
  }

  /** @param {string} requestId @param {ErrorBody} error */
  refused(requestId, error) {
    const message = this.messages.find((m) => m.role !== "user" && m.request_id === requestId);
    if (message && !message.job_id) this.#replace(message.id, { status: "FAILED", error });
  }

  /** @param {JobRow} row */
  applyJob(row) {
    if (isAside(row)) return;
    if (row.batch_id) return this.#applyBatch(row, row.batch_id);
    const message = this.#of(row);
    if (!message) {
      if (row.track_ids.length && row.track_ids.every((id) => this.#forgotten.includes(id))) return;
      if (OPEN.has(row.status) || row.created_at > this.#cleared_at) this.#put(this.#withJob(row));
      return;
    }
    const now = jobPart(row, message);
    const same = /** @type {(keyof typeof now)[]} */ (Object.keys(now)).every(
      (key) => JSON.stringify(now[key]) === JSON.stringify(message[key]),
    );
    if (!same) this.#replace(message.id, now);
  }

  /** One message stands for all jobs of a batch. @param {JobRow} row @param {string} batchId */
  #applyBatch(row, batchId) {
    this.#batched.add(row.id);
    const id = `b:${batchId}`;
    const message = this.messages.find((other) => other.id === id);
    const lost = row.track_ids.length > 0 && row.track_ids.every((track) => this.#forgotten.includes(track));
    const tracks = row.track_ids.map((track) => ({ id: track, title: "" }));
    if (!message) {
      if (lost || (!OPEN.has(row.status) && row.created_at <= this.#cleared_at)) return;
      const parts = { at: row.created_at, command: row.command, batch_id: batchId, tracks };
      return this.#put(inserted(this.messages, line({ ...parts, id, role: "assistant" })));
    }
    const fresh = tracks.filter((track) => !message.tracks.some((known) => known.id === track.id));
    if (fresh.length && !lost) this.#replace(id, { tracks: [...message.tracks, ...fresh] });
  }

  /** @param {TrackRow} row */
  applyTrack(row) {
    const named = this.messages.map((message) =>
      message.tracks.some((track) => track.id === row.id && track.title !== row.title)
        ? {
            ...message,
            tracks: message.tracks.map((track) => (track.id === row.id ? { id: row.id, title: row.title } : track)),
          }
        : message,
    );
    if (named.some((message, at) => message !== this.messages[at])) this.#put(named);
    const known = named.some(
      (m) => m.tracks.some((t) => t.id === row.id) || (row.job_id !== null && m.job_id === row.job_id),
    ) || this.#batched.has(row.job_id ?? "");
    if (known || row.created_at <= this.#cleared_at) return;
    const { id, title, prompt, command, created_at } = row;
    const parts = {
      text: prompt,
      command,
      job_id: row.job_id,
      status: /** @type {const} */ ("COMPLETED"),
      tracks: [{ id, title }],
    };
    this.#put(inserted(this.messages, line({ id: `t:${id}`, role: "assistant", at: created_at, ...parts })));
  }

  /**
   * Brings the chat in line with the server: running jobs go on, finished ones resolve, work from elsewhere appears.
   *
   * @param {ServerState} state
   * @param {ErrorBody} unanswered the error of a prompt that never reached the server
   */
  reconcile(state, unanswered) {
    this.#textFields = new Map(state.commands.map((command) => [command.name, command.text_field]));
    const oldestFirst = [...state.jobs].sort((a, b) => a.created_at - b.created_at);
    const recent = new Set(oldestFirst.slice(-SHOWN_FROM_ELSEWHERE));
    for (const row of oldestFirst) {
      if (recent.has(row) || OPEN.has(row.status) || row.batch_id || this.#of(row)) this.applyJob(row);
    }
    for (const row of state.tracks.slice(0, SHOWN_FROM_ELSEWHERE).reverse()) this.applyTrack(row);
    const jobs = new Set(state.jobs.map((row) => row.id));
    for (const message of this.messages) {
      if (!isOpen(message) || (message.job_id && jobs.has(message.job_id))) continue;
      const tracks = state.tracks.filter((row) => row.job_id !== null && row.job_id === message.job_id);
      if (tracks.length) {
        const links = tracks.map(({ id, title }) => ({ id, title }));
        this.#replace(message.id, { role: "assistant", status: "COMPLETED", tracks: links });
      } else if (message.job_id) this.#replace(message.id, { status: "LOST" });
      else this.#replace(message.id, { status: "FAILED", error: unanswered });
    }
  }

  /**
   * Tracks were deleted here: their links go, and with the last link the message and the words above it.
   *
   * @param {readonly string[]} ids
   */
  forget(ids) {
    const lost = new Set(ids);
    this.#forgotten = [...this.#forgotten, ...ids].slice(-FORGOTTEN);
    const before = this.messages;
    const after = before.flatMap((message) => {
      const tracks = message.tracks.filter((track) => !lost.has(track.id));
      if (tracks.length === message.tracks.length) return [message];
      return tracks.length ? [{ ...message, tracks }] : [];
    });
    this.#put(after.filter((m) => m.role !== "user" || answered(m, after) || !answered(m, before)));
  }

  /**
   * Takes over an exported chat. Raises TypeError when it is none.
   *
   * @param {unknown} chat
   * @returns {{ messages: Message[], known: number, beyond: number, invalid: number }} the messages that came and stay,
   *   how many stood here already, how many are too many or too old to be kept, how many cannot be read
   */
  take(chat) {
    const { messages, invalid, beyond } = imported(chat);
    const known = new Set(this.messages.map(({ id }) => id));
    const come = messages.filter(({ id }) => !known.has(id));
    this.#put([...this.messages, ...come].sort((a, b) => a.at - b.at));
    const stay = come.filter((message) => this.messages.includes(message));
    return { messages: stay, known: messages.length - come.length, beyond: beyond + come.length - stay.length, invalid };
  }

  /**
   * A file of a batch that never became a job.
   *
   * @param {string} batchId
   * @param {string} command
   * @param {Refused} refused
   * @param {number} at unix seconds
   */
  refuse(batchId, command, refused, at) {
    const id = `b:${batchId}`;
    const message = this.messages.find((other) => other.id === id);
    if (message) return this.#replace(id, { refused: [...message.refused, refused] });
    const parts = { at, command, batch_id: batchId, refused: [refused] };
    this.#put(inserted(this.messages, line({ ...parts, id, role: "assistant" })));
  }

  /** Empties the chat but for what is still being made. @param {number} at server time of the newest work known */
  clear(at) {
    this.#cleared_at = Math.max(this.#cleared_at, at);
    const open = new Set(this.messages.filter(isOpen).map((message) => message.request_id ?? message.id));
    this.#put(this.messages.filter((message) => open.has(message.request_id ?? message.id)));
  }

  /** @param {JobRow} row */
  #of(row) {
    const message =
      this.messages.find((m) => m.role !== "user" && m.job_id === row.id) ??
      (row.request_id ? this.messages.find((m) => m.role !== "user" && m.request_id === row.request_id) : undefined);
    return message;
  }

  /** @param {JobRow} row @returns {readonly Message[]} the chat with lines for a job that was asked for elsewhere */
  #withJob(row) {
    const field = this.#textFields.get(row.command);
    const text = row.text || String((field ? row.params[field] : "") || `/${row.command}`);
    const both = { at: row.created_at, command: row.command, text, about: row.about, request_id: row.request_id, job_id: row.id };
    const job = line({ ...both, id: row.request_id ?? row.id, role: "system" });
    const followed = { ...job, ...jobPart(row, job) };
    const asked = line({ ...both, id: `u:${row.request_id ?? row.id}`, role: "user" });
    return inserted(row.parent_id ? this.messages : inserted(this.messages, asked), followed);
  }

  /** Changes a message; the prompt above it learns its job. @param {string} id @param {Partial<Message>} change */
  #replace(id, change) {
    const { job_id, about } = change;
    const learnt = { ...(job_id ? { job_id } : {}), ...(about ? { about: { ...about, variation: undefined } } : {}) };
    this.#put(
      this.messages.map((message) => {
        if (message.id === id) return { ...message, ...change };
        return message.id === `u:${id}` && (job_id || about) ? { ...message, ...learnt } : message;
      }),
    );
  }

  /** @param {readonly Message[]} messages */
  #put(messages) {
    this.messages = messages.slice(-KEPT);
    let kept = this.messages;
    while (!this.#write(kept) && kept.length) {
      kept = kept.slice(Math.ceil(kept.length / 2));
    }
    this.emit("change");
  }

  /** @param {readonly Message[]} messages @returns {boolean} false when there is no space for so many */
  #write(messages) {
    return this.store({ messages, cleared_at: this.#cleared_at, forgotten: this.#forgotten });
  }
}
