import { html, nothing } from "/static/vendor/lit/index.js";
import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { confirmed } from "./dialog.js";
import { PageElement } from "./element.js";
import { asText } from "./history.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { words } from "./message.js";

/** @import { App } from "./app.js" */

const NEAR_END_PX = 80;

/** Hands a file to the browser to save. @param {string} name @param {string} type @param {string} text */
function save(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1_000);
}

/** A moment as part of a file name: no signs that a file system refuses. @param {Date} moment */
const stamp = (moment) => moment.toISOString().replaceAll(":", "-").replace(/\..*/, "Z");

/** The conversation: prompts, the jobs they became, the tracks those made. */
class ChatLog extends PageElement {
  static properties = { app: { attribute: false } };

  constructor() {
    super();
    /** @type {App | undefined} */
    this.app = undefined;
    this.last = "";
    this.atEnd = true;
    this.top = 0;
  }

  attend() {
    if (this.app) this.own(this.app.on("change", () => this.requestUpdate()));
    const grown = new ResizeObserver(() => this.follow());
    this.own(() => grown.disconnect());
    void this.updateComplete.then(() => this.querySelectorAll(".log, .lines").forEach((part) => grown.observe(part)));
  }

  /** Keeps the newest line in sight, unless the user reads further up. */
  follow() {
    const log = this.querySelector(".log");
    if (log && this.atEnd) log.scrollTop = log.scrollHeight;
  }

  scrolled() {
    const log = this.querySelector(".log");
    if (!log) return;
    const near = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END_PX;
    this.atEnd = near || (this.atEnd && log.scrollTop >= this.top);
    this.top = log.scrollTop;
  }

  /** @param {App} app */
  exportJson(app) {
    const now = new Date();
    const chat = { exported_at: now.toISOString(), messages: app.history.messages };
    save(`chat_${stamp(now)}.json`, "application/json", JSON.stringify(chat, null, 2));
  }

  /** @param {App} app */
  exportText(app) {
    const text = asText(app.history.messages, (message) => words(message, app));
    save(`chat_${stamp(new Date())}.txt`, "text/plain;charset=utf-8", text);
  }

  /** @param {App} app */
  async clear(app) {
    const yes = await confirmed({ title: t("ui.clear.title"), text: t("ui.clear.text"), action: t("ui.clear.action") });
    if (yes) app.clearChat();
  }

  updated() {
    const last = this.app?.history.messages.at(-1)?.id ?? "";
    if (last !== this.last) {
      this.atEnd = true;
      this.follow();
    }
    this.last = last;
  }

  render() {
    const { app } = this;
    if (!app) return nothing;
    const { messages } = app.history;
    const tool = (
      /** @type {"download" | "trash"} */ drawing,
      /** @type {string} */ label,
      /** @type {string} */ short,
      /** @type {string} */ id,
      /** @type {() => void} */ act,
    ) => html`
      <button
        class="button small quiet"
        data-testid=${id}
        aria-label=${label}
        title=${label}
        ?disabled=${!messages.length}
        @click=${act}
      >
        ${icon(drawing)} <span class="wide">${label}</span><span class="narrow">${short}</span>
      </button>
    `;
    return html`
      <div class="chat-tools" role="group" aria-label=${t("ui.chat.tools")}>
        ${tool("download", t("ui.export.json"), "JSON", "export-json", () => this.exportJson(app))}
        ${tool("download", t("ui.export.txt"), "TXT", "export-txt", () => this.exportText(app))}
        ${tool("trash", t("ui.clear"), "", "clear-chat", () => this.clear(app))}
      </div>
      <div
        class="log"
        data-testid="chat"
        tabindex="0"
        role="region"
        aria-label=${t("ui.chat")}
        @scroll=${this.scrolled}
      >
        ${
          messages.length
            ? nothing
            : html`<div class="welcome">
              <img src="/static/img/icon.svg" alt="" width="56" height="56" />
              <h2>${t("ui.welcome.title")}</h2>
              <p>${t("ui.welcome.text")}</p>
            </div>`
        }
        <div class="lines">
          ${repeat(
            messages,
            (message) => message.id,
            (message) => html`
              <chat-message
                .app=${app}
                .message=${message}
                .job=${app.jobs.get(message.job_id ?? "")}
                .tracks=${app.tracks.rows}
                .gone=${app.tracks.gone}
                .ready=${app.connected && !app.sending}
                .stopping=${app.stopping.has(message.job_id ?? "")}
                .current=${app.card?.id ?? ""}
              ></chat-message>
            `,
          )}
        </div>
      </div>
    `;
  }
}
customElements.define("chat-log", ChatLog);
