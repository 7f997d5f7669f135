/** How tonics are spelled, from C upwards: as `engine/speech/keys.py` has them. */
const TONICS = {
  major: ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"],
  minor: ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B"],
};

/** @param {number} tonic 0 is C @param {"major" | "minor"} mode */
function place(tonic, mode) {
  const hour = (7 * (tonic + (mode === "minor" ? 3 : 0))) % 12; // on the circle of fifths, 0 for C major and A minor
  return `${((hour + 7) % 12) + 1}${mode === "minor" ? "A" : "B"}`;
}

/** @type {Map<string, string>} */
const PLACES = new Map(
  /** @type {const} */ (["minor", "major"]).flatMap((mode) =>
    TONICS[mode].map((name, tonic) => /** @type {const} */ ([`${name} ${mode}`, place(tonic, mode)])),
  ),
);

/** The 24 keys, once around the Camelot wheel: 1A, 1B, 2A, … */
export const KEYS_AROUND = [...PLACES.keys()].sort((one, other) =>
  camelot(one).localeCompare(camelot(other), "en", { numeric: true }),
);

/** A key's place on the Camelot wheel, which disc jockeys mix by; "" for what is no key. @param {string} key "A minor" */
export function camelot(key) {
  return PLACES.get(key) ?? "";
}
