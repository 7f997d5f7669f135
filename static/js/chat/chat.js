import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { asset } from "../core/address.js";
import { i18n, t } from "../core/i18n.js";
import { read, write } from "../core/storage.js";
import { bodyOf, librarySummary } from "../server/api.js";
import { asText } from "../store/chat-file.js";
import { AppElement } from "../ui/app-element.js";
import { chosen } from "../ui/dialog.js";
import { save, stamp } from "../ui/files.js";
import { icon } from "../ui/icons.js";
import { words } from "./message.js";

/** @import { App } from "../store/app.js" */

const NEAR_END_PX = 80;
const COMPACT_KEY = "compact_v1";

/** The conversation: prompts, the jobs they became, the tracks those made. */
class ChatLog extends AppElement {
  static properties = { compact: { state: true } };

  constructor() {
    super();
    this.last = "";
    this.compact = Boolean(read(localStorage, COMPACT_KEY, false));
    this.atEnd = true;
    this.top = 0;
  }

  attend() {
    if (this.app) this.own(this.app.on("change", () => this.requestUpdate()));
    const grown = new ResizeObserver(() => this.follow());
    this.own(() => grown.disconnect());
    void this.updateComplete.then(() => this.querySelectorAll(".log, .lines").forEach((part) => grown.observe(part)));
  }

  /** Keeps the newest line in sight, unless the user reads further up; the empty page stays where it is. */
  follow() {
    const log = this.querySelector(".log");
    if (log && this.atEnd && this.last) log.scrollTop = log.scrollHeight;
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

  /** Asks how much shall go, with the numbers that the server has right now. @param {App} app */
  async clear(app) {
    const known = await librarySummary().catch((error) => app.complain(bodyOf(error)));
    const options = [{ value: "chat", label: t("ui.clear.chat"), hint: t("ui.clear.chat.hint") }];
    if (known && (known.total > known.locked || known.uploads.count)) {
      const numbers = {
        tracks: i18n.number(known.total - known.locked),
        locked: i18n.number(known.locked),
        uploads: i18n.number(known.uploads.count),
        size: i18n.number(known.uploads.bytes / 2 ** 20, { maximumFractionDigits: 1 }),
      };
      const all = { value: "all", label: t("ui.clear.all"), hint: t("ui.clear.all.hint", numbers), danger: true };
      options.push(all);
    }
    const answer = await chosen({ title: t("ui.clear.title"), text: t("ui.clear.text"), options });
    if (answer === "chat") app.clearChat();
    if (answer === "all") await app.removeAll();
  }

  /** @param {App} app @param {Event} event */
  async importChat(app, event) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const file = input.files?.[0];
    if (file) await app.importChat(file);
    input.value = "";
  }

  turnCompact() {
    this.compact = !this.compact;
    write(localStorage, COMPACT_KEY, this.compact);
  }

  updated() {
    const messages = this.app?.history.messages ?? [];
    const last = messages.at(-1)?.id ?? "";
    if (last !== this.last) {
      this.last = last;
      if (messages.at(-1)?.status === "SENDING") this.atEnd = true; // the user's own words
      if (last) this.follow();
      else this.querySelector(".log")?.scrollTo(0, 0);
    }
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
        ?disabled=${!messages.length && id !== "clear-chat"}
        @click=${act}
      >
        ${icon(drawing)} <span class="wide">${label}</span><span class="narrow">${short}</span>
      </button>
    `;
    return html`
      <div class="chat-tools" role="group" aria-label=${t("ui.chat.tools")}>
        ${tool("download", t("ui.export.json"), "JSON", "export-json", () => this.exportJson(app))}
        ${tool("download", t("ui.export.txt"), "TXT", "export-txt", () => this.exportText(app))}
        <label class="button small quiet file-button" title=${t("ui.import")}>
          ${icon("upload")} <span class="wide">${t("ui.import")}</span>
          <input
            class="unseen"
            type="file"
            accept="application/json,.json"
            aria-label=${t("ui.import")}
            data-testid="import-chat"
            @change=${(/** @type {Event} */ event) => void this.importChat(app, event)}
          />
        </label>
        <button
          class="button small quiet"
          data-testid="compact"
          aria-pressed=${this.compact}
          aria-label=${t("ui.compact")}
          title=${t("ui.compact")}
          @click=${this.turnCompact}
        >
          ${icon("compact")}
        </button>
        ${tool("trash", t("ui.clear"), "", "clear-chat", () => this.clear(app))}
      </div>
      <div
        class=${this.compact ? "log compact" : "log"}
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
              <img src=${asset("img/icon.svg")} alt="" width="56" height="56" />
              <h2>${t("ui.welcome.title")}</h2>
              <p>${t("ui.welcome.text")}</p>
              <start-page .app=${app}></start-page>
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
                .job=${app.jobs.get(message.job_id)}
                .tracks=${app.tracks.rows}
                .gone=${app.tracks.gone}
                .ready=${app.ready}
                .stopping=${app.jobs.stopping.has(message.job_id ?? "")}
                .current=${app.card.id}
                .held=${app.jobs.paused}
              ></chat-message>
            `,
          )}
        </div>
      </div>
    `;
  }
}
customElements.define("chat-log", ChatLog);
