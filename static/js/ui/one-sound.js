const CHANNEL = "sound";

/**
 * One sound at a time, over all tabs: whichever player begins says `play`, and the others stop. The event does not
 * bubble, but it can be captured; what began in another tab is told to the players of this one as the same event.
 */
export function oneSound() {
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(CHANNEL) : null;
  document.addEventListener(
    "play",
    (event) => {
      for (const other of document.querySelectorAll("audio")) if (other !== event.target) other.pause();
      if (event.target !== document) channel?.postMessage("play");
    },
    true,
  );
  channel?.addEventListener("message", () => document.dispatchEvent(new Event("play")));
}
