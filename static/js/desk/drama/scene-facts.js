import { placeOf } from "./project.js";

/** @import { Project, Scene } from "./project.js" */

/** A place -> how it answers to voices: `engine/drama/scenes/tables/places.toml`. @type {Record<string, string>} */
export const PLACES = {
  ...{ forest: "forest", garden: "outdoors", field: "outdoors", road: "outdoors", mountains: "outdoors" },
  ...{ shore: "outdoors", river: "outdoors", ship: "outdoors", street: "street", market: "street", courtyard: "street" },
  ...{ room: "room", hall: "hall", kitchen: "room", tavern: "room", church: "church", library: "room", school: "room" },
  ...{ office: "room", hospital: "hall", prison: "cave", cave: "cave", tunnel: "tunnel", train: "room", station: "hall" },
  ...{ carriage: "none", car: "none", battlefield: "outdoors", graveyard: "outdoors", desert: "outdoors", village: "outdoors" },
};
export const REVERBS = /** @type {const} */ (["none", "room", "hall", "church", "cave", "tunnel", "street", "forest", "outdoors"]);
/** What can be said of a scene, in the words of the tables beside that of the places. */
export const FACTS = {
  place: Object.keys(PLACES),
  weather: ["rain", "storm", "snow", "blizzard", "wind", "fog", "clear"],
  time: ["dawn", "morning", "day", "evening", "dusk", "night"],
  mood: ["calm", "happy", "sad", "tense", "frightening", "tender", "mysterious"],
};
/** @typedef {keyof typeof FACTS} Aspect */

/** The scene that a line belongs to. @param {Project} project @param {string} line @returns {Scene | null} */
export function sceneOf({ lines, scenes }, line) {
  const at = placeOf(lines, line);
  /** @type {Scene | null} */
  let found = null;
  let from = -1;
  for (const scene of scenes) {
    const begins = placeOf(lines, scene.line);
    if (begins <= at && begins > from) [found, from] = [scene, begins];
  }
  return found;
}

/** What the user says of a scene; a place brings its reverb. @param {Aspect} aspect @param {string} value nothing where it is not known @returns {Partial<Scene>} */
export const fact = (aspect, value) => ({
  [aspect]: value ? { value, confidence: 1, words: "" } : null,
  ...(aspect === "place" && value ? { reverb: PLACES[value] ?? "none" } : {}),
});
