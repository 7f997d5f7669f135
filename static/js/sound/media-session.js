/** @import { TrackRecord } from "../core/types.js" */

/** What the media keys and the lock screen show. @param {TrackRecord} record */
export function showInMediaSession({ prompt, name, artist }) {
  if (!navigator.mediaSession) return;
  navigator.mediaSession.metadata = new MediaMetadata({ title: prompt || name, artist: artist ?? "audiocraft-webui" });
}

/** What the media keys do; null takes a key away. @param {Partial<Record<MediaSessionAction, (() => void) | null>>} actions */
export function setMediaKeys(actions) {
  for (const [action, act] of Object.entries(actions)) {
    navigator.mediaSession?.setActionHandler(/** @type {MediaSessionAction} */ (action), act);
  }
}
