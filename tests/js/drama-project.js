/** @import { Line, Project } from "../../static/js/desk/drama/project.js" */

/** @param {Partial<Line> & { id: string, text: string, start: number }} parts @returns {Line} */
const line = ({ text, start, ...rest }) => {
  const at_s = rest.start_s ?? null;
  let at = 0;
  const words = text.split(" ").map((word, number) => {
    const placed = { at, length: [...word].length, start_s: number * 0.5, end_s: number * 0.5 + 0.4 };
    at += placed.length + 1;
    return placed;
  });
  return {
    ...{ start, end: start + [...text].length, text, kind: "dialogue", speaker: "anna", confidence: 0.9, rule: "verb" },
    ...{ language: null, emotion: "neutral", emotion_confidence: 0, voice: null, speed: 1, pitch_semitones: 0, gain_db: 0 },
    ...{ pause_ms: null, break_after: "turn", effect: null, start_s: at_s, words, spoken: text, unspoken: [] },
    end_s: at_s === null ? null : at_s + (words.at(-1)?.end_s ?? 0),
    ...rest,
  };
};

/** Three lines of two people; the second line has a word beyond the Basic Multilingual Plane. @returns {Project} */
export function made() {
  const texts = ["One two three four.", "Five 😀 six seven.", "Eight nine."];
  const source = texts.join(" ");
  const lines = [
    line({ id: "a", text: texts[0] ?? "", start: 0, start_s: 1 }),
    line({ id: "b", text: texts[1] ?? "", start: 20, start_s: 4, speaker: "boris", confidence: 0.3 }),
    line({ id: "c", text: texts[2] ?? "", start: 38, start_s: 8, kind: "narration", speaker: "narrator" }),
  ];
  const person = { aliases: [], gender: "unknown", age: "unknown", confidence: 1, speed: 1, pitch_semitones: 0, gain_db: 0, pan: 0, effect: "none" };
  const clip = { prompt: "", gain_db: 0, pan: 0, fade_in_s: null, fade_out_s: null, seed: 0, parameters: {}, confidence: 1, words: "" };
  return {
    ...{ form: "audiocraft-webui drama", version: 1, title: "Numbers", author: "", language: "en", source, lines },
    unspoken: [
      { start: 19, end: 20, reason: "space" },
      { start: 37, end: 38, reason: "space" },
    ],
    chapters: [{ title: "I", line: "a" }],
    cues: [{ kind: "pause", text: "", seconds: 1, at: { line: "b", at: null, edge: "end", offset_s: 0 } }],
    scenes: [{ id: "s1", line: "c", title: "", place: null, weather: null, time: null, mood: null, reverb: "none" }],
    characters: [
      { ...person, id: "narrator", name: "Narrator", voice: "kokoro:af_heart" },
      { ...person, id: "anna", name: "Anna", aliases: ["Ann"], voice: "kokoro:bf_emma" },
      { ...person, id: "boris", name: "Boris", voice: null },
    ],
    clips: [
      { ...clip, id: "knock", lane: "effects", sound: "made:knock", start: { line: "b", at: 7, edge: "start", offset_s: 0 }, end: null, start_s: 5, end_s: 6 },
      {
        ...clip, id: "rain", lane: "ambience", sound: "made:rain", start: { line: "a", at: null, edge: "start", offset_s: -0.5 },
        end: { line: "c", at: null, edge: "end", offset_s: 0 }, start_s: 0.5, end_s: 8.9,
      },
    ],
    levels: { dialogue_db: 0, ambience_db: 0, effects_db: 0, music_db: 0 },
    ...{ pronunciations: {}, duration_s: 10, seed: 0, notes: [] },
  };
}

/** Stretches of the source that neither a line nor what is unspoken holds, or both do. @param {Project} project */
export function uncovered({ source, lines, unspoken }) {
  const spans = [...lines, ...unspoken].filter(({ start, end }) => start < end).sort((one, other) => one.start - other.start);
  const faults = [];
  let at = 0;
  for (const { start, end } of spans) {
    if (start !== at) faults.push([at, start]);
    at = Math.max(at, end);
  }
  return at === [...source].length ? faults : [...faults, [at, [...source].length]];
}
