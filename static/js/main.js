import { html, render } from "/static/vendor/lit/index.js";
import { App } from "./app.js";
import { Connection } from "./connection.js";
import { History, KEY } from "./history.js";
import { i18n } from "./i18n.js";
import { read, write } from "./storage.js";
import { Wishes } from "./wishes.js";
import "./shell.js";

const LANGUAGE_KEY = "language";

const connection = new Connection();
const history = new History(localStorage);
const app = new App(connection, history, new Wishes(localStorage), localStorage);

/** @param {string} language */
async function choose(language) {
  try {
    await i18n.use(language);
  } catch {
    app.emit("notice", { level: "error", message: i18n.t("ui.error.unreachable") });
    return;
  }
  document.documentElement.lang = i18n.language;
  write(localStorage, LANGUAGE_KEY, i18n.language);
}

addEventListener("storage", (event) => {
  if (event.key === KEY) history.reload();
});

await choose(read(localStorage, LANGUAGE_KEY, document.documentElement.lang));
render(html`<page-shell .app=${app} .choose=${choose}></page-shell>`, document.body);
connection.open();
