/** @import { Line } from "./project.js" */
/** @typedef {{ speed: number, pitch_semitones: number }} Manner factor of the pace, and what is added to the pitch */

/** What an emotion does to a voice that cannot act, as `engine/drama/scenes/manner.py` has it. @type {Record<string, Manner>} */
export const MANNERS = {
  neutral: { speed: 1, pitch_semitones: 0 },
  happy: { speed: 1.06, pitch_semitones: 0.7 },
  sad: { speed: 0.9, pitch_semitones: -0.6 },
  angry: { speed: 1.07, pitch_semitones: 0.4 },
  afraid: { speed: 1.1, pitch_semitones: 0.9 },
  surprised: { speed: 1.03, pitch_semitones: 1 },
  tender: { speed: 0.93, pitch_semitones: -0.2 },
  tense: { speed: 1.05, pitch_semitones: -0.3 },
  whispering: { speed: 0.93, pitch_semitones: -0.3 },
  shouting: { speed: 1.03, pitch_semitones: 1.3 },
};

/** The less the less sure the emotion is. @param {Pick<Line, "emotion" | "emotion_confidence">} line @returns {Manner} */
export function manner({ emotion, emotion_confidence: share }) {
  const { speed = 1, pitch_semitones = 0 } = MANNERS[emotion] ?? {};
  return { speed: 1 + (speed - 1) * share, pitch_semitones: pitch_semitones * share };
}
