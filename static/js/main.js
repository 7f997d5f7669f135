import { html, render } from "/static/vendor/lit/index.js";
import { i18n } from "./core/i18n.js";
import { LOCAL, OwnStorage, read, write } from "./core/storage.js";
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

/** Raises what loading the sentences raises. @param {string} language */
async function speak(language) {
  await i18n.use(language);
  document.documentElement.lang = i18n.language;
  if (read(localStorage, LANGUAGE_KEY, "") !== i18n.language) write(localStorage, LANGUAGE_KEY, i18n.language);
}

const language = () => read(localStorage, LANGUAGE_KEY, document.documentElement.lang);

theme.begin();

/** Who is logged in; null where nobody has to. */
const account = document.querySelector("meta[name=accounts]")
  ? await (await import("./account/entrance.js")).enter(speak, language())
  : null;

const storage = account?.storage ?? new OwnStorage(localStorage, LOCAL);
const connection = new Connection(account?.user.id, document.querySelector("meta[name=websocket-only]") !== null);
const history = new History(storage);
const settings = new Settings(storage);
const panes = new Panes(storage);
const app = new App(connection, history, settings, storage, new Audio());

/** @param {string} language */
async function choose(language) {
  try {
    await speak(language);
  } catch {
    app.notices.add({ level: "error", message: i18n.t("ui.error.unreachable") });
  }
}

/** What another tab of this browser stored, this one shows too. @type {Record<string, () => void>} */
const SHARED = {
  [storage.key(KEY)]: () => history.reload(),
  [storage.key(SETTINGS_KEY)]: () => settings.reload(),
  [storage.key(PRESETS_KEY)]: () => app.presets.reload(),
  [storage.key(PANES_KEY)]: () => panes.reload(),
  [THEME_KEY]: () => theme.reload(),
  [LANGUAGE_KEY]: () => void choose(language()),
};
addEventListener("storage", (event) => SHARED[event.key ?? ""]?.());

oneSound(app.playback);

await choose(language());
render(html`<page-shell .app=${app} .choose=${choose} .panes=${panes} .account=${account}></page-shell>`, document.body);
account?.follow(app);
connection.open();
