/** Hands a file to the browser to save. @param {string} name @param {string} type @param {BlobPart} text or any other content */
export function save(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1_000);
}

/** Has the browser save what an address answers with, under the name that it gives. @param {string} url */
export function saveFrom(url) {
  Object.assign(document.createElement("a"), { href: url, download: "" }).click();
}

/** A moment as part of a file name: no signs that a file system refuses. @param {Date} moment */
export const stamp = (moment) => moment.toISOString().replaceAll(":", "-").replace(/\..*/, "Z");
