/**
 * 16-bit little-endian samples, channels interleaved, as one array of -1..1 for each channel.
 *
 * @param {ArrayBuffer} data
 * @param {number} channels
 * @returns {Float32Array<ArrayBuffer>[]}
 */
export function apart(data, channels) {
  const view = new DataView(data);
  const count = Math.floor(data.byteLength / 2 / channels);
  return Array.from({ length: channels }, (_, channel) =>
    Float32Array.from({ length: count }, (_, at) => view.getInt16((at * channels + channel) * 2, true) / 32768),
  );
}
