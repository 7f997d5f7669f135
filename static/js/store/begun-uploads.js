import { Stored } from "../core/stored.js";

/** @import { TextStorage } from "../core/storage.js" */
/** @import { Begun } from "../server/uploading.js" */
/** @typedef {Begun & { name: string, size: number, at: number }} BegunUpload `size`: bytes of the file; `at`: when it was begun, ms */

const KEY = "uploads_v1";
/** So long the server keeps what is not completed. */
const KEPT_MS = 24 * 3_600_000;
const MOST = 50;
const END_BYTES = 2 ** 16;

/**
 * Uploads that were begun and not completed, by the fingerprint of the file: whoever has that file again may go on with
 * them, when this page is open anew or in another tab.
 */
export class BegunUploads extends Stored {
  /** @param {TextStorage} storage */
  constructor(storage) {
    super(storage, KEY);
  }

  /** As it is now: other tabs write, too. @returns {Record<string, BegunUpload>} */
  get all() {
    return Object.fromEntries(Object.entries(this.stored(/** @type {Record<string, BegunUpload>} */ ({}))).filter(isKept));
  }

  /** @param {string} fingerprint */
  find(fingerprint) {
    return this.all[fingerprint] ?? null;
  }

  /** @param {string} fingerprint @param {BegunUpload} begun */
  keep(fingerprint, begun) {
    this.store(Object.fromEntries(Object.entries({ ...this.all, [fingerprint]: begun }).slice(-MOST)));
  }

  /** @param {string} fingerprint */
  forget(fingerprint) {
    if (this.find(fingerprint)) this.store(Object.fromEntries(Object.entries(this.all).filter(([key]) => key !== fingerprint)));
  }
}

/** @param {[string, BegunUpload]} entry */
const isKept = ([, { at }]) => at > Date.now() - KEPT_MS;

/** What tells a file from others without reading all of it: its name, length, last change, beginning and end. @param {File} file */
export async function fingerprintOf(file) {
  const ends = [file.slice(0, END_BYTES), file.slice(-END_BYTES)];
  const sums = await Promise.all(ends.map(async (end) => checksum(new Uint8Array(await end.arrayBuffer()))));
  return [file.name, file.size, file.lastModified, ...sums].join("|");
}

/** FNV-1a of 32 bits: pages over plain HTTP have no better one. @param {Uint8Array} bytes */
function checksum(bytes) {
  let sum = 0x811c9dc5;
  for (const byte of bytes) sum = Math.imul(sum ^ byte, 0x01000193);
  return (sum >>> 0).toString(36);
}
