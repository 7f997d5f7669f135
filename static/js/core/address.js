const base = globalThis.document?.querySelector("meta[name=prefix]")?.getAttribute("content") ?? "";

/**
 * The address of one of the server's own paths: below the prefix that a proxy puts it under.
 * `engine/web/addresses.py` does the same; the addresses in answers are whole already.
 *
 * @param {string} path from the server's root on
 */
export const address = (path) => base + path;

/**
 * The address of a file beside the page's modules, under their fingerprint: browsers keep it until it changes.
 *
 * @param {string} path below `static/`
 */
export const asset = (path) => new URL(`../../${path}`, import.meta.url).href;
