import { html } from "/static/vendor/lit/index.js";
import { fieldsOf } from "../server/schema.js";
import { called, parts } from "../store/about.js";

/** @import { About } from "../core/types.js" */
/** @import { App } from "../store/app.js" */
/** @typedef {About["inputs"][number]} Input */

/** The same with links: a track opens, an upload goes to where it was given. @param {App} app @param {About} about */
export function aboutTemplate(app, about) {
  return parts(app, about).map((part) => {
    if (typeof part === "string") return part;
    const title = called(app, part);
    if (!reachable(app, part)) return html`<bdi>${title}</bdi>`;
    return soundLink(title, () => reach(app, about.command, part));
  });
}

/**
 * A sound's title amid a sentence. No `<button>`: that is one box, and a long title would take lines of its own.
 *
 * @param {string} title
 * @param {() => void} act
 */
export function soundLink(title, act) {
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    act();
  };
  return html`<a class="link" role="button" tabindex="0" data-testid="about-input" @click=${act} @keydown=${pressed}><bdi>${title}</bdi></a>`;
}

/** @param {App} app @param {Input} input */
const reachable = (app, { key, track_id }) => (track_id ? !app.tracks.gone.has(track_id) : app.uploads.row(key) !== undefined);

/** @param {App} app @param {string} command @param {Input} input */
function reach(app, command, { field: name, key, track_id }) {
  if (track_id) return void app.open(track_id);
  const info = app.settings.find(command);
  const field = info && fieldsOf(info).find((each) => each.name === name);
  if (info && field) app.give({ command: info, field }, key);
}
