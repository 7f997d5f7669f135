/** An id of 32 hexadecimal digits; `randomUUID` is missing where the page is not served from this computer. */
export const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
