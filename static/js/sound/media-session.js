/** What the media keys and the lock screen show. @param {{ title: string, artist: string | null }} sound */
export function showInMediaSession({ title, artist }) {
  if (!navigator.mediaSession) return;
  navigator.mediaSession.metadata = new MediaMetadata({ title, artist: artist ?? "audiocraft-webui" });
}

/** What the media keys do; null takes a key away. @param {Partial<Record<MediaSessionAction, (() => void) | null>>} actions */
export function setMediaKeys(actions) {
  for (const [action, act] of Object.entries(actions)) {
    navigator.mediaSession?.setActionHandler(/** @type {MediaSessionAction} */ (action), act);
  }
}
