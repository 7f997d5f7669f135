import { html, render } from "/static/vendor/lit/index.js";
import { i18n } from "./core/i18n.js";
import { read, write } from "./core/storage.js";
import { Connection } from "./server/connection.js";
import { App } from "./store/app.js";
import { History, KEY } from "./store/history.js";
import { KEY as PANES_KEY, Panes } from "./store/panes.js";
import { KEY as PRESETS_KEY } from "./store/presets.js";
import { KEY as SETTINGS_KEY, Settings } from "./store/settings.js";
import { oneSound } from "./ui/one-sound.js";
import { KEY as THEME_KEY, theme } from "./ui/theme.js";
import "./shell.js";

const LANGUAGE_KEY = "language";

const connection = new Connection();
const history = new History(localStorage);
const settings = new Settings(localStorage);
const panes = new Panes(localStorage);
const app = new App(connection, history, settings, localStorage, new Audio());

/** @param {string} language */
async function choose(language) {
  try {
    await i18n.use(language);
  } catch {
    app.emit("notice", { level: "error", message: i18n.t("ui.error.unreachable") });
    return;
  }
  document.documentElement.lang = i18n.language;
  if (read(localStorage, LANGUAGE_KEY, "") !== i18n.language) write(localStorage, LANGUAGE_KEY, i18n.language);
}

/** What another tab of this browser stored, this one shows too. @type {Record<string, () => void>} */
const SHARED = {
  [KEY]: () => history.reload(),
  [SETTINGS_KEY]: () => settings.reload(),
  [PRESETS_KEY]: () => app.presets.reload(),
  [PANES_KEY]: () => panes.reload(),
  [THEME_KEY]: () => theme.reload(),
  [LANGUAGE_KEY]: () => void choose(read(localStorage, LANGUAGE_KEY, i18n.language)),
};
addEventListener("storage", (event) => SHARED[event.key ?? ""]?.());

oneSound(app.playback);

theme.begin();

await choose(read(localStorage, LANGUAGE_KEY, document.documentElement.lang));
render(html`<page-shell .app=${app} .choose=${choose} .panes=${panes}></page-shell>`, document.body);
connection.open();
