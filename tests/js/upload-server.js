/** @typedef {{ status: number, body?: unknown }} Answer */
/** @typedef {{ method: string, path: string, origin: string }} Asked */

const ORIGIN = "http://server";
const BUCKET = "http://bucket";

/**
 * The routes of uploads and the bucket behind them, reached by `fetch` and `XMLHttpRequest`. `before` may hold a request,
 * or answer in the place of them; null: nothing answers.
 */
export class UploadServer {
  /**
   * On their way: sizes of their parts, or null once these were joined.
   *
   * @type {Map<string, { size: number, parts: Map<number, number> | null }>}
   */
  begun = new Map();
  /** @type {Set<string>} */
  completed = new Set();
  /** @type {Asked[]} */
  asked = [];
  /** @type {(asked: Asked) => Answer | null | undefined | Promise<Answer | null | undefined>} */
  before = () => undefined;
  #begins = 0;

  /** @param {number} part_bytes */
  constructor(part_bytes) {
    this.part_bytes = part_bytes;
  }

  /** In the place of the network, for the time of a test. @param {{ after: (act: () => void) => void }} context */
  install(context) {
    const there = { fetch: globalThis.fetch, XMLHttpRequest: globalThis.XMLHttpRequest };
    const server = this;
    const here = {
      fetch: (/** @type {string} */ url, /** @type {RequestInit} */ options) => server.#fetch(url, options),
      XMLHttpRequest: class extends Wire {
        answer = (/** @type {string} */ method, /** @type {string} */ url, /** @type {Blob} */ body) => server.answer(method, url, body);
      },
    };
    Object.assign(globalThis, here);
    context.after(() => void Object.assign(globalThis, there));
    return this;
  }

  /** Requests whose method and path begin so. @param {string} how */
  count(how) {
    return this.asked.filter(({ method, path }) => `${method} ${path}`.startsWith(how)).length;
  }

  /** @param {string} url @param {RequestInit} options @returns {Promise<any>} */
  async #fetch(url, { method = "GET", body } = {}) {
    const answer = await this.answer(method, url, body);
    if (!answer) throw new TypeError("nothing answers");
    const { status, body: json = null } = answer;
    return { ok: status < 300, status, statusText: "", json: async () => json };
  }

  /** @param {string} method @param {string} url @param {any} body @returns {Promise<Answer | null>} */
  async answer(method, url, body) {
    const { origin, pathname: path } = new URL(url, ORIGIN);
    const asked = { method, path, origin };
    this.asked.push(asked);
    const instead = await this.before(asked);
    return instead === undefined ? this.#routed(method, path, body) : instead;
  }

  /** @param {string} method @param {string} path @param {any} body @returns {Answer} */
  #routed(method, path, body) {
    const [, page, id = "", rest, number] = /^\/api(?:\/v1)?(\/uploads)(?:\/(\w+))?(?:\/(\w+))?(?:\/(\d+))?$/.exec(path) ?? [];
    const found = this.begun.get(id);
    const gone = { status: 404, body: { code: "NOT_FOUND", message: "" } };
    const row = { status: 200, body: { key: `upload:${id}`, name: "", kind: "sound" } };
    switch (`${method} ${page} ${rest ?? ""}`.trim()) {
      case "POST /uploads":
        if (id !== "sign") return { status: 415, body: { error: { code: "UNSUPPORTED_AUDIO", message: "empty" } } };
        this.begun.set(`u${++this.#begins}`, { size: JSON.parse(body).size, parts: new Map() });
        return { status: 201, body: { key: `upload:u${this.#begins}`, part_size: this.part_bytes } };
      case "POST /uploads parts": {
        const { numbers, direct } = JSON.parse(body);
        const put_url = `${direct ? BUCKET : ORIGIN}/api/v1/uploads/${id}/parts/${numbers[0]}`;
        return found ? { status: 200, body: { parts: [{ put_url, headers: {} }] } } : gone;
      }
      case "GET /uploads parts": {
        const parts = found?.parts ?? new Map([[1, found?.size]]);
        return found ? { status: 200, body: { parts: [...parts].map(([number, size]) => ({ number, size })) } } : gone;
      }
      case "PUT /uploads parts":
        found?.parts?.set(Number(number), body.size);
        return found?.parts ? { status: 200 } : gone;
      case "POST /uploads complete":
        if (found) this.completed.add(id);
        this.begun.delete(id);
        return this.completed.has(id) ? { ...row, status: 201 } : gone;
      case "GET /uploads":
        return this.completed.has(id) ? row : gone;
      case "DELETE /uploads":
        return this.begun.delete(id) || this.completed.delete(id) ? { status: 204 } : gone;
      default:
        throw new Error(`${method} ${path} is no route`);
    }
  }
}

/** A request that tells of its body at once, and of the answer when there is one. */
class Wire {
  /** @type {Record<string, (event?: { loaded: number }) => void>} */
  upload = {};
  onload = () => {};
  onerror = () => {};
  onabort = () => {};
  onloadend = () => {};
  status = 0;
  statusText = "";
  /** @type {unknown} */
  response = null;
  #over = false;
  #method = "";
  #url = "";

  /** @type {(method: string, url: string, body: Blob) => Promise<Answer | null>} */
  answer = async () => null;

  /** @param {string} method @param {string} url */
  open(method, url) {
    this.#method = method;
    this.#url = url;
  }

  setRequestHeader() {}

  abort() {
    this.#end(() => this.onabort());
  }

  /** @param {Blob} body */
  async send(body) {
    const answering = this.answer(this.#method, this.#url, body);
    this.upload.onprogress?.({ loaded: body.size ?? 0 });
    this.upload.onload?.();
    const answer = await answering;
    this.status = answer?.status ?? 0;
    this.response = answer?.body ?? null;
    this.#end(() => (answer ? this.onload() : this.onerror()));
  }

  /** @param {() => void} tell */
  #end(tell) {
    if (this.#over) return;
    this.#over = true;
    tell();
    this.onloadend();
  }
}
