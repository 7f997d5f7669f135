import { address } from "../core/address.js";
import { everywhere, login, refusal, Refusal, send, uploaded } from "./api.js";

/** @import { Upload } from "../core/types.js" */
/** @typedef {{ id: string, part_bytes: number }} Begun an upload that the server knows, and that is not complete */
/** @typedef {{ put_url: string, headers: Record<string, string> }} Signed */
/** @typedef {{ number: number, from: number, to: number }} Part its first byte, and the one after its last */

/**
 * One file on its way.
 *
 * @typedef {object} Way
 * @property {AbortController} stop
 * @property {(share: number) => void} progress 0..1 of the bytes that have arrived
 * @property {Begun | null} begun where it was begun before
 * @property {(begun: Begun) => void} keep
 */

/** A longer file goes in parts; one that is not is one request, where it goes through the server. */
export const SHORT_BYTES = 16 * 2 ** 20;
/** So many parts go into the bucket at once; once they go through the server, one after the other. */
const LANES = 3;
const TRIES = 8;
/** So often a part is tried past the server before it goes through it. */
const DIRECT_TRIES = 2;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;
/** A line on which nothing moves for so long is dead. */
const SILENT_MS = 60_000;

/**
 * Brings files to the server: short ones at once, longer ones in parts, of which those that have arrived need not come
 * again. Where there is a `bucket` that browsers may reach, the bytes go straight into it, but for an empty file, which
 * has none; where this browser cannot, they go through the server after all.
 */
export class Uploader {
  /** Its origin. @type {string | null} */
  bucket = null;
  /** Something has gone into the bucket. */
  #reached = false;
  /** Direct requests that failed before one did not. */
  #failed = 0;

  get #direct() {
    return this.bucket !== null && (this.#reached || this.#failed < DIRECT_TRIES);
  }

  /**
   * The file, complete and checked. Raises Refusal, TypeError where the server cannot be reached, AbortError.
   *
   * @param {File} file
   * @param {Way} way
   * @returns {Promise<Upload>}
   */
  async bring(file, way) {
    if (!file.size || (file.size <= SHORT_BYTES && !this.#direct)) return whole(file, way);
    const signal = way.stop.signal;
    let { begun } = way;
    const there = begun && (await arrived(begun, signal));
    if (begun && !there) {
      const row = await completed(begun); // the answer was lost
      if (row) return row;
      begun = null;
    }
    begun ??= await this.#begin(file, way);
    const { id } = begun;
    const parts = partsOf(file.size, begun.part_bytes);
    const joined = isJoined(there, file.size);
    const isThere = (/** @type {Part} */ { number, from, to }) => joined || there?.get(number) === to - from;
    const sent = new Map(parts.map((part) => [part.number, isThere(part) ? part.to - part.from : 0]));
    const tell = () => way.progress([...sent.values()].reduce((sum, bytes) => sum + bytes, 0) / file.size);
    tell();
    const missing = parts.filter(({ number }) => !sent.get(number));
    const lane = async (/** @type {number} */ at) => {
      for (let part; (at === 0 || this.#direct) && (part = missing.shift()); ) {
        const { number } = part;
        const moved = (/** @type {number} */ bytes) => (sent.set(number, bytes), tell());
        try {
          await this.#send(file, id, part, moved, signal);
        } catch (error) {
          if (!isGone(error) || !(await patiently(() => isWhole(id, file.size, signal), signal))) throw error;
          missing.length = 0; // another tab was quicker
        }
      }
    };
    const lanes = Array.from({ length: LANES }, (_, at) => lane(at));
    await Promise.all(lanes).catch((error) => (way.stop.abort(error), Promise.reject(error)));
    const named = parts.map(({ number }) => ({ number }));
    await patiently(() => send("POST", `/api/v1/uploads/${id}/complete`, { parts: named }, signal), signal);
    return patiently(() => uploaded(id), signal);
  }

  /** @param {File} file @param {Way} way @returns {Promise<Begun>} */
  async #begin(file, way) {
    const content_type = /^[\w.+-]{1,60}\/[\w.+-]{1,60}$/.test(file.type) ? file.type : "application/octet-stream";
    const [, ext = "bin"] = /\.([A-Za-z0-9]{1,10})$/.exec(file.name) ?? [];
    const asked = { content_type, ext, size: file.size, name: file.name.slice(-255) };
    const { key, part_size } = await send("POST", "/api/v1/uploads/sign", asked, way.stop.signal);
    const begun = { id: key.replace("upload:", ""), part_bytes: part_size };
    way.keep(begun);
    return begun;
  }

  /**
   * One part, however often it takes.
   *
   * @param {File} file
   * @param {string} id
   * @param {Part} part
   * @param {(bytes: number) => void} moved
   * @param {AbortSignal} signal
   */
  #send(file, id, { number, from, to }, moved, signal) {
    return patiently(async (tries) => {
      const asked = { numbers: [number], direct: this.#direct && tries <= DIRECT_TRIES };
      const { parts } = await send("POST", `/api/v1/uploads/${id}/parts`, asked, signal);
      await this.#put(parts[0], file.slice(from, to), moved, signal);
      moved(to - from);
    }, signal);
  }

  /** @param {Signed} signed @param {Blob} body @param {(bytes: number) => void} moved @param {AbortSignal} signal */
  async #put({ put_url, headers }, body, moved, signal) {
    if (!this.bucket || !put_url.startsWith(`${this.bucket}/`)) {
      const { pathname, search } = new URL(put_url); // of this server, whatever a proxy calls it
      return void (await sent("PUT", pathname + search, body, { headers, moved, signal }));
    }
    try {
      await sent("PUT", put_url, body, { headers, moved, signal });
      this.#reached = true;
    } catch (error) {
      if (signal.aborted) throw error;
      this.#failed++;
      throw new TypeError("the bucket cannot be reached", { cause: error });
    }
  }
}

/** @param {number} size @param {number} part_bytes @returns {Part[]} */
function partsOf(size, part_bytes) {
  const count = Math.max(1, Math.ceil(size / part_bytes));
  return Array.from({ length: count }, (_, at) => ({
    number: at + 1,
    from: at * part_bytes,
    to: Math.min(size, (at + 1) * part_bytes),
  }));
}

/**
 * Sizes of the parts that are there, or the size of all where they were joined; null where the upload is no longer known
 * as one on its way.
 *
 * @param {{ id: string }} begun
 * @param {AbortSignal | null} [signal]
 */
export async function arrived({ id }, signal = null) {
  const found = await unlessGone(send("GET", `/api/v1/uploads/${id}/parts`, undefined, signal));
  /** @type {{ number: number, size: number }[] | undefined} */
  const parts = found?.parts;
  return parts ? new Map(parts.map(({ number, size }) => [number, size])) : null;
}

/** @param {{ id: string }} begun @returns {Promise<Upload | null>} */
const completed = ({ id }) => unlessGone(uploaded(id));

/** Whether all is one already, and perhaps being read. @param {Map<number, number> | null} there @param {number} size */
const isJoined = (there, size) => there?.size === 1 && there.get(1) === size;

/** Whether all has come, by whichever tab. @param {string} id @param {number} size @param {AbortSignal} signal */
const isWhole = async (id, size, signal) =>
  isJoined(await arrived({ id }, signal), size) || (await completed({ id })) !== null;

/** Nobody wants it any more. One that another tab has completed stays. @param {Begun} begun */
export async function giveUp(begun) {
  if (await arrived(begun)) await unlessGone(send("DELETE", `/api/v1/uploads/${begun.id}`));
}

/** @param {unknown} error */
const isGone = (error) => error instanceof Refusal && error.status === 404;

/** @template T @param {Promise<T>} asked @returns {Promise<T | null>} */
const unlessGone = (asked) => asked.catch((error) => (isGone(error) ? null : Promise.reject(error)));

/** All in one request. @param {File} file @param {Way} way @returns {Promise<Upload>} */
async function whole(file, way) {
  const form = new FormData();
  form.append("file", file, file.name);
  const { csrf } = login;
  const moved = (/** @type {number} */ bytes) => way.progress(file.size ? Math.min(1, bytes / file.size) : 1);
  try {
    return await sent("POST", address("/api/uploads"), form, { headers: everywhere(), moved, signal: way.stop.signal });
  } catch (error) {
    if (error instanceof Refusal && (await login.renewed(error.status, csrf))) return whole(file, way);
    throw error;
  }
}

/**
 * One request; fetch could not tell how much of it was sent. Raises Refusal, TypeError, AbortError.
 *
 * @param {"POST" | "PUT"} method
 * @param {string} url
 * @param {Blob | FormData} body
 * @param {{ headers: Record<string, string>, moved: (bytes: number) => void, signal: AbortSignal }} how
 * @returns {Promise<any>} what was answered, where that is JSON
 */
function sent(method, url, body, { headers, moved, signal }) {
  return new Promise((resolve, reject) => {
    const wire = new XMLHttpRequest();
    const cut = () => wire.abort();
    let silence = setTimeout(cut, SILENT_MS);
    wire.open(method, url);
    wire.responseType = "json";
    for (const [name, value] of Object.entries(headers)) wire.setRequestHeader(name, value);
    wire.upload.onprogress = ({ loaded }) => {
      clearTimeout(silence);
      silence = setTimeout(cut, SILENT_MS);
      moved(loaded);
    };
    wire.upload.onload = () => {
      clearTimeout(silence);
      if (method === "PUT") silence = setTimeout(cut, SILENT_MS); // what was posted is read to its end first
    };
    wire.onload = () =>
      wire.status < 300 ? resolve(wire.response) : reject(refusal(wire.status, wire.response, wire.statusText));
    wire.onerror = () => reject(new TypeError("the server cannot be reached"));
    wire.onabort = () => reject(signal.aborted ? signal.reason : new TypeError("the line is dead"));
    wire.onloadend = () => {
      clearTimeout(silence);
      signal.removeEventListener("abort", cut);
    };
    signal.addEventListener("abort", cut);
    if (signal.aborted) reject(signal.reason);
    else wire.send(body);
  });
}

/**
 * What `act` gives; tried again, after pauses that grow, while that may help.
 *
 * @template T
 * @param {(tries: number) => Promise<T>} act
 * @param {AbortSignal} signal
 * @returns {Promise<T>}
 */
async function patiently(act, signal) {
  for (let tries = 1, pause_ms = FIRST_PAUSE_MS; ; tries++, pause_ms = Math.min(2 * pause_ms, LONGEST_PAUSE_MS)) {
    try {
      return await act(tries);
    } catch (error) {
      if (signal.aborted || tries === TRIES || !isPassing(error)) throw error;
    }
    await pause(pause_ms * (0.5 + Math.random() / 2), signal);
  }
}

/** What a plan does not allow, no pause changes. @param {unknown} error */
const isPassing = (error) =>
  error instanceof Refusal
    ? error.status >= 500 || (error.status === 429 && !error.body.detail?.quota)
    : error instanceof TypeError;

/** @param {number} ms @param {AbortSignal} signal @returns {Promise<void>} */
const pause = (ms, signal) =>
  new Promise((resolve, reject) => {
    const over = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(over), reject(signal.reason)), { once: true });
  });
