import { isSound } from "../core/sound-files.js";

/** Deeper than any folder of music; a loop of links ends here. */
const DEEPEST = 32;
const MOST = 2000;

/** What a system leaves beside people's files: `.DS_Store`, `._song.mp3`. @param {string} name */
const isHidden = (name) => name.startsWith(".");

/**
 * The files of a drop, folders walked through; in the order in which people read their names. What lies in a folder
 * and is no sound is passed over: covers, lists, notes. It must be called while the drop is being handled.
 *
 * @param {DataTransfer} transfer
 * @returns {Promise<File[]>}
 */
export async function droppedFiles(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const found = items.map((item) => ({ entry: item.webkitGetAsEntry?.() ?? null, file: item.getAsFile() }));
  if (found.every(({ entry }) => !entry?.isDirectory)) return [...transfer.files];
  /** @type {File[]} */
  const files = [];
  for (const { entry, file } of found) {
    if (!entry?.isDirectory) {
      if (file) files.push(file);
    } else for await (const inside of walk(/** @type {FileSystemDirectoryEntry} */ (entry), 0)) {
      files.push(inside);
      if (files.length >= MOST) return files;
    }
  }
  return files;
}

/** @param {FileSystemDirectoryEntry} folder @param {number} depth @returns {AsyncGenerator<File>} */
async function* walk(folder, depth) {
  const entries = (await entriesOf(folder)).filter(({ name }) => !isHidden(name));
  entries.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  for (const entry of entries) {
    if (entry.isDirectory && depth < DEEPEST) yield* walk(/** @type {FileSystemDirectoryEntry} */ (entry), depth + 1);
    if (!entry.isFile) continue;
    const file = await fileOf(/** @type {FileSystemFileEntry} */ (entry));
    if (file && isSound(file)) yield file;
  }
}

/** All entries: a reader gives a hundred at a time. @param {FileSystemDirectoryEntry} folder */
async function entriesOf(folder) {
  const reader = folder.createReader();
  /** @type {FileSystemEntry[]} */
  const entries = [];
  for (;;) {
    const some = await new Promise((/** @type {(found: FileSystemEntry[]) => void} */ resolve) =>
      reader.readEntries(resolve, () => resolve([])),
    );
    if (!some.length) return entries;
    entries.push(...some);
  }
}

/** @param {FileSystemFileEntry} entry @returns {Promise<File | null>} null when it cannot be read any more */
const fileOf = (entry) => new Promise((resolve) => entry.file(resolve, () => resolve(null)));
