import { t } from "../../core/i18n.js";
import { named } from "./labels.js";
import { soundUrl } from "./server.js";

/** @import { App } from "../../store/app.js" */
/** @import { Clip } from "./project.js" */
/** @import { Sound } from "./server.js" */

/** What a clip is called. @param {Pick<Clip, "sound" | "prompt">} clip @param {ReadonlyMap<string, Sound>} sounds */
export function clipTitle({ sound, prompt }, sounds) {
  if (!sound) return prompt || t("ui.drama.clip.silent");
  const own = sound.replace(/^\w+:/, "").replace(/^.*\//, "").replace(/\.\w+$/, "");
  return sounds.get(sound)?.title || named("tag", own);
}

/** Plays a sound by itself. @param {App} app @param {Pick<Clip, "sound" | "seed" | "parameters">} clip @param {string} title */
export function hearSound(app, { sound, seed, parameters }, title) {
  if (!sound) return;
  const url = soundUrl(sound, { seed, parameters });
  const heard = { key: `sound:${url}`, title, url, duration_s: 0, artist: null, piece: "", loops: false };
  if (app.playback.sounds(heard.key)) app.playback.pause();
  else app.playback.play(heard, null, 0);
}
