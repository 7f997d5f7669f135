import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../core/i18n.js";
import { isScript, isSound } from "../core/sound-files.js";
import { AppElement } from "./app-element.js";
import { offerBatch } from "./batch-offer.js";
import { droppedFiles } from "./dropped-files.js";
import { icon } from "./icons.js";
import { giveScript, isChat } from "./scripts.js";
import { soundTitle } from "./words.js";
import { sendTo, targets } from "./targets.js";

/** @import { Sending } from "../store/uploads.js" */

const TRACK = "application/x-track";

/** Files by what becomes of them. @param {readonly File[]} files */
async function sorted(files) {
  const chat = await Promise.all(files.map(isChat));
  const chats = files.filter((_file, at) => chat[at]);
  const others = files.filter((_file, at) => !chat[at]);
  return { chats, scripts: others.filter(isScript), rest: others.filter((file) => !isScript(file)) };
}

/** @param {EventTarget | null} target */
const takesText = (target) => target instanceof Element && target.closest("input, textarea, select") !== null;

/** @param {Sending} sending */
function sendingRow({ name, share, since, cancel }) {
  const label = t("ui.upload.cancel", { name });
  return html`
    <li data-testid="sending">
      <span dir="auto">${name}</span>
      <progress class="bar" max="1" .value=${share} aria-label=${t("ui.audio.sending", { name })}></progress>
      <span>${i18n.percent(share)}</span>
      <button class="icon-button tiny" type="button" title=${label} aria-label=${label} @click=${cancel}>${icon("close")}</button>
      ${since ? html`<span class="hint">${t("ui.upload.resumed", { share: i18n.percent(since) })}</span>` : nothing}
    </li>
  `;
}

/** Text and files that are dropped anywhere on the page, or pasted. */
class DropVeil extends AppElement {
  static properties = { over: { state: true } };

  constructor() {
    super();
    this.over = false;
    this.depth = 0;
  }

  attend() {
    const { app } = this;
    if (app) this.own(app.uploads.on("change", () => this.requestUpdate()));
    this.listen(window, "dragenter", (/** @type {DragEvent} */ event) => this.entered(event, 1));
    this.listen(window, "dragleave", (/** @type {DragEvent} */ event) => this.entered(event, -1));
    this.listen(window, "dragover", (/** @type {DragEvent} */ event) => {
      if (this.wanted(event)) event.preventDefault();
    });
    this.listen(window, "drop", (/** @type {DragEvent} */ event) => this.dropped(event));
    this.listen(window, "beforeunload", (/** @type {BeforeUnloadEvent} */ event) => {
      if (app?.batches.coming.size) event.preventDefault(); // files that are still on their way would be lost
    });
    this.listen(window, "paste", (/** @type {ClipboardEvent} */ event) => this.pasted(event));
  }

  /** @param {DragEvent} event */
  wanted(event) {
    const types = event.dataTransfer?.types ?? [];
    if (types.includes("Files") || types.includes(TRACK)) return true;
    return types.includes("text/plain") && !types.includes("application/x-job") && !takesText(event.target);
  }

  /** @param {DragEvent} event @param {1 | -1} step */
  entered(event, step) {
    const types = event.dataTransfer?.types ?? [];
    if (!types.includes("Files")) return;
    this.depth = Math.max(0, this.depth + step);
    this.over = this.depth > 0;
  }

  /** @param {DragEvent} event */
  dropped(event) {
    this.depth = 0;
    this.over = false;
    const { dataTransfer } = event;
    if (event.defaultPrevented || !dataTransfer || !this.wanted(event)) return;
    event.preventDefault();
    const key = dataTransfer.getData(TRACK);
    const text = dataTransfer.getData("text/plain");
    if (dataTransfer.files.length) void droppedFiles(dataTransfer).then((files) => this.take(files));
    else if (key && this.app) void sendTo(this.app, key, soundTitle(this.app, key));
    else if (text) this.app?.emit("words", text);
  }

  /** @param {ClipboardEvent} event */
  pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    void this.take(files);
  }

  /** @param {readonly File[]} files */
  async take(files) {
    const { app } = this;
    if (!app) return;
    if (!files.length) app.emit("notice", { level: "warning", message: t("ui.batch.empty") });
    await app.stated();
    const { chats, scripts, rest } = await sorted(files);
    for (const chat of chats) await app.importChat(chat);
    const place = targets(app.settings.commands, "script")[0];
    if (place) for (const script of scripts) await giveScript(app, place, script);
    else rest.push(...scripts);
    const sounds = rest.filter(isSound);
    if (sounds.length > 1) return offerBatch(app, rest);
    for (const { name } of rest.filter((file) => !isSound(file))) {
      app.emit("notice", { level: "error", message: t("ui.drop.refused", { name }) });
    }
    const row = sounds[0] && (await app.uploads.send(sounds[0]));
    if (!row) return;
    const [only, ...others] = targets(app.settings.commands);
    if (only && !others.length) app.give(only, row.key);
    else await sendTo(app, row.key, row.name);
  }

  render() {
    const sending = this.app?.uploads.sending ?? [];
    return html`
      ${
        this.over
          ? html`<div class="veil" data-testid="drop-veil">
              <p>${icon("upload")} ${t("ui.drop")}</p>
            </div>`
          : nothing
      }
      ${
        sending.length
          ? html`<ul class="sending" aria-label=${t("ui.drop.sending")}>
              ${sending.map(sendingRow)}
            </ul>`
          : nothing
      }
    `;
  }
}
customElements.define("drop-veil", DropVeil);
