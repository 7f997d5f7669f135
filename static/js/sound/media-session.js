import { address } from "../core/address.js";

/**
 * What the media keys and the lock screen show.
 *
 * @param {{ title: string, artist: string | null, key?: string, id?: string }} sound by its key or its track's id
 */
export function showInMediaSession({ title, artist, id, key = `track:${id}` }) {
  if (!navigator.mediaSession) return;
  const src = address(`/api/tracks/${key.slice("track:".length)}/cover`);
  const artwork = key.startsWith("track:") ? [{ src, sizes: "384x384", type: "image/png" }] : [];
  navigator.mediaSession.metadata = new MediaMetadata({ title, artist: artist ?? "audiocraft-webui", artwork });
}

/** What the media keys do; null takes a key away. @param {Partial<Record<MediaSessionAction, (() => void) | null>>} actions */
export function setMediaKeys(actions) {
  for (const [action, act] of Object.entries(actions)) {
    navigator.mediaSession?.setActionHandler(/** @type {MediaSessionAction} */ (action), act);
  }
}
