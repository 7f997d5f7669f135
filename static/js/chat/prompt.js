import { ifDefined } from "/static/vendor/lit/directives/if-defined.js";
import { live } from "/static/vendor/lit/directives/live.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import { pressed } from "../core/keys.js";
import { understand } from "../server/api.js";
import { addressed, fieldsOf, isInput, lacking, needsText } from "../server/schema.js";
import { overrides } from "../server/typed.js";
import { AppElement } from "../ui/app-element.js";
import { icon } from "../ui/icons.js";
import { buttonWord, choosePhrase, textHint } from "../ui/words.js";
import { astray } from "./chips/astray.js";
import { armed } from "./chips/inputs.js";
import { offer } from "./palette.js";
import { paletteList } from "./palette-list.js";
import { Understanding } from "./understanding.js";
import { variationsField } from "./variations.js";
import { giveScript, textFile } from "../ui/scripts.js";
import { targets } from "../ui/targets.js";
import "./chips.js";

/** @import { Values } from "../core/types.js" */
/** @import { App } from "../store/app.js" */
/** @import { Item, Offer } from "./palette.js" */

/** The one text box. Enter sends, Shift+Enter breaks the line, `/` opens the palette, arrow up recalls. */
class PromptBox extends AppElement {
  static properties = {
    text: { state: true },
    variations: { state: true },
    offer: { state: true },
    at: { state: true },
    refused: { state: true },
    wants: { state: true },
    waiting: { state: true },
  };

  constructor() {
    super();
    this.text = "";
    this.variations = 1;
    /** @type {Offer | null} */
    this.offer = null;
    /** The marked item of the palette. */
    this.at = 0;
    /** How many prompts back the box shows; 0 is what the user types now. */
    this.recalled = 0;
    this.draft = "";
    this.hold = this.hold.bind(this);
    this.refuse = this.refuse.bind(this);
    this.understanding = new Understanding(understand);
    /** The user does not want the other command that these words seem to ask for. */
    this.refused = false;
    /** What the user chose that the words are for; null leaves it to them. @type {"edit" | "new" | null} */
    this.wants = null;
    this.choose = this.choose.bind(this);
    this.asking = false;
    /** Enter was pressed before the server could be asked: the words go once it can. */
    this.waiting = false;
    /** How many commands the server has named. */
    this.known = 0;
  }

  attend() {
    const { app } = this;
    if (!app) return;
    this.own(
      app.on("change", () => {
        const come = app.settings.commands.length !== this.known;
        this.known = app.settings.commands.length;
        if (come && this.text) this.read(); // what was typed before the server had spoken
        else if (this.text) this.understand(); // another track may be open by now
        this.requestUpdate();
        this.resume();
      }),
      app.on("words", (words) => void this.hold(words)),
      this.understanding.on("change", () => this.requestUpdate()),
    );
  }

  get box() {
    return /** @type {HTMLTextAreaElement} */ (this.querySelector("textarea"));
  }

  get chosen() {
    return this.app?.settings.command?.name ?? "";
  }

  get name() {
    return this.asked?.name ?? addressed(this.text, this.chosen).name;
  }

  get question() {
    const { app, text } = this;
    const uploads = app?.settings.command ? armed(app, app.settings.command) : [];
    return { text, command: this.chosen, track_id: app?.card.id || null, uploads };
  }

  /** What the words mean, once the server has said so. */
  get meaning() {
    return this.understanding.of(this.question);
  }

  /** The other command that the words ask for: Enter sends it, unless the user refuses it. */
  get asked() {
    const asked = this.refused ? null : (this.meaning?.command ?? null);
    return asked && this.app?.settings.find(asked.name) ? asked : null;
  }

  /** What the words would change of the piece on the card, unless they ask for another command. */
  get edit() {
    return this.name === "generate" && !this.asked ? (this.meaning?.edit ?? null) : null;
  }

  get edits() {
    return this.edit !== null && (this.wants ? this.wants === "edit" : this.edit.is_edit);
  }

  /** @param {"edit" | "new"} wants */
  choose(wants) {
    this.wants = wants;
    this.box.focus();
  }

  refuse() {
    this.refused = true;
    this.box.focus();
  }

  get command() {
    return this.app?.settings.find(this.name);
  }

  /** The panel's values, and over them those that the words set. @returns {Values} */
  get values() {
    const { app, command, text } = this;
    if (!app || !command) return {};
    const typed = overrides(text, command).map(({ name, value }) => [name, value]);
    return { ...app.settings.values(command), ...this.asked?.params, ...Object.fromEntries(typed) };
  }

  /** The sound or the script that is still to be chosen; words may stand for it. */
  get lacking() {
    const { command, text } = this;
    const words = command?.text_field ? { [command.text_field]: addressed(text, "").rest } : {};
    return command && lacking(fieldsOf(command), { ...words, ...this.values });
  }

  /** There is something to send. */
  get sendable() {
    const { command } = this;
    if (!command || this.asked) return this.text.trim() !== "";
    if (astray(this)) return false;
    if (this.lacking) return true;
    return !needsText(command) || addressed(this.text, "").rest !== "";
  }

  /** Shows `words` and waits for what the user does with them. @param {string} words @param {number} [caret] */
  async hold(words, caret = words.length) {
    this.waiting = false;
    this.text = words;
    this.understand();
    await this.updateComplete;
    this.box.focus();
    this.box.setSelectionRange(caret, caret);
  }

  /** Asks the server what the words mean, now or once the user pauses. */
  understand() {
    if (!this.text.trim()) Object.assign(this, { refused: false, wants: null });
    this.understanding.typed(this.question);
  }

  /** Whether what the words mean is on the screen: who has pressed Enter has seen it. */
  async isShown() {
    const { text, asked } = this;
    if (text.trim().startsWith("/") || asked) return true;
    await this.understanding.settled(this.question);
    return !this.asked;
  }

  /** Sends the words once what they mean was seen and the server can be asked; until then they wait. */
  async send() {
    const { app, text } = this;
    this.waiting = this.sendable && (this.asking || !app?.ready);
    if (!app || !this.sendable || this.waiting) return;
    this.asking = true;
    const shown = await this.isShown();
    this.asking = false;
    if (text !== this.text) return this.resume();
    this.waiting = shown && !app.ready;
    if (shown && app.ready) await this.submit(app);
  }

  resume() {
    if (this.waiting && !this.asking && this.app?.ready) void this.send();
  }

  /** @param {App} app */
  async submit(app) {
    const { text, asked, command, lacking: lack } = this;
    if (command && lack && !asked) return app.point(command, lack);
    const piece = this.edits && this.edit ? this.edit.track_id : "";
    const variations = this.varies ? this.variations : 1;
    if (asked && !app.requests.fills(asked)) return;
    this.text = "";
    this.offer = null;
    this.recalled = 0;
    this.refused = false;
    this.wants = null;
    const sent = asked
      ? app.requests.asked(asked, text)
      : piece
        ? app.requests.edit(text, piece)
        : app.requests.prompt(text, variations);
    if (!(await sent)) this.text ||= text;
  }

  /** Whether the command draws lots: only then do variations differ. */
  get varies() {
    return !this.asked && this.command !== undefined && "seed" in this.command.schema.properties;
  }

  typed() {
    this.waiting = false;
    this.read();
  }

  /** Reads the box: what was typed, and what fits at the caret. */
  read() {
    const { app, box } = this;
    this.text = box.value;
    this.recalled = 0;
    this.understand();
    const keys = (/** @type {"sounds" | "scripts"} */ kind) => [
      ...(app?.uploads[kind] ?? []).slice(0, 8).map((row) => row.key),
      ...(app?.tracks.rows ?? []).filter((row) => kind === "sounds" || row.command === "drama").slice(0, 8).map((row) => `track:${row.id}`),
    ];
    const { commands = [], command } = app?.settings ?? {};
    this.offer = offer(this.text, box.selectionStart, commands, command?.name ?? "", (field) =>
      isInput(field) ? keys(field.kind === "audio" ? "sounds" : "scripts") : [],
    );
    this.at = 0;
  }

  /** More than the command reads as words becomes a script of its own. @param {ClipboardEvent} event */
  async pasted(event) {
    const { app, box } = this;
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const long = (/** @type {number} */ most) => box.value.length + text.length > most;
    const place = () => this.command && targets([this.command], "script")[0];
    const most = () => this.command?.schema.properties[this.command.text_field ?? ""]?.maxLength ?? Infinity;
    if (!app || event.clipboardData?.files.length || !long(this.command ? most() : box.maxLength)) return;
    if (this.command && !place()) return;
    event.preventDefault();
    await app.stated();
    const taker = place();
    if (taker) await giveScript(app, taker, textFile(text));
    else await this.hold((box.value + text).slice(0, box.maxLength));
  }

  /** @param {Item} item */
  async take(item) {
    if (!this.offer) return;
    const { from, to } = this.offer;
    const text = this.text.slice(0, from) + item.insert + this.text.slice(to);
    await this.hold(text, from + item.insert.length);
    this.typed();
  }

  /** @param {number} step 1 is further back */
  recall(step) {
    const said = [...new Set((this.app?.history.messages ?? []).filter((m) => m.role === "user").map((m) => m.text))];
    const wanted = Math.min(said.length, Math.max(0, this.recalled + step));
    if (wanted === this.recalled) return;
    if (this.recalled === 0) this.draft = this.text;
    this.recalled = wanted;
    this.offer = null;
    void this.hold(wanted ? (said.at(-wanted) ?? "") : this.draft);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const act = this.offer ? this.paletteKey(event, this.offer) : this.boxKey(event);
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** @param {KeyboardEvent} event @param {Offer} shown @returns {(() => void) | undefined} */
  paletteKey(event, shown) {
    const item = shown.items[this.at];
    const move = (/** @type {number} */ step) => {
      this.at = (this.at + step + shown.items.length) % shown.items.length;
    };
    switch (pressed("palette", event)) {
      case "next":
        return () => move(1);
      case "previous":
        return () => move(-1);
      case "close":
        return () => (this.offer = null);
      case "take":
        return item ? () => void this.take(item) : undefined;
      case "enter":
        // a finished command is sent as it is; only a half-typed word is completed
        if (item && shown.kind === "command") return () => void this.take(item);
        return this.boxKey(event);
      default:
        return undefined;
    }
  }

  /** @param {KeyboardEvent} event @returns {(() => void) | undefined} */
  boxKey(event) {
    const { selectionStart, selectionEnd } = this.box;
    const atStart = selectionStart === 0 && selectionEnd === 0;
    const act = pressed("prompt", event);
    if (act === "send") return () => void this.send();
    if (act === "back" && this.waiting) return () => (this.waiting = false);
    if (act === "back" && this.asked) return () => this.refuse();
    if (act === "earlier" && (atStart || this.recalled)) return () => this.recall(1);
    if (act === "later" && this.recalled) return () => this.recall(-1);
    return undefined;
  }

  get sendWord() {
    const { app, command, lacking: lack } = this;
    if (!app || !command) return t("ui.send");
    return lack ? choosePhrase(command, lack) : buttonWord(app, command, this.values);
  }

  get hint() {
    if (this.waiting) return t("ui.prompt.waiting");
    return this.asked ? t("ui.asked.keys", { command: this.asked.name, chosen: this.chosen }) : t("ui.prompt.hint");
  }

  render() {
    const { app, command } = this;
    const marked = this.offer ? `palette-${this.at}` : undefined;
    return html`
      ${
        app && this.offer ? paletteList(app, this.offer, this.at, (item) => void this.take(item)) : nothing
      }
      <form
        class="prompt"
        @submit=${(/** @type {Event} */ event) => {
          event.preventDefault();
          void this.send();
        }}
      >
        <prompt-chips
          .app=${this.app}
          .prompt=${this}
          .text=${this.text}
          .meaning=${this.meaning}
          .refused=${this.refused}
          .wants=${this.wants}
        ></prompt-chips>
        <label class="unseen" for="prompt">${t("ui.prompt.label")}</label>
        <textarea
          id="prompt"
          data-testid="prompt"
          dir="auto"
          rows="2"
          maxlength="10000"
          aria-describedby="prompt-hint"
          aria-autocomplete="list"
          aria-controls=${ifDefined(this.offer ? "palette" : undefined)}
          aria-activedescendant=${ifDefined(marked)}
          placeholder=${textHint(command)}
          .value=${live(this.text)}
          @input=${this.typed}
          @keydown=${this.key}
          @paste=${this.pasted}
          @blur=${() => (this.offer = null)}
        ></textarea>
        <div class="prompt-foot">
          <span class="chip" data-testid="prompt-command">/${this.name}</span>
          <span class="hint" id="prompt-hint" aria-live="polite" ?data-waiting=${this.waiting}>${this.hint}</span>
          ${this.varies ? variationsField(this.variations, (count) => (this.variations = count)) : nothing}
          <button class="button primary send" type="submit" data-testid="send" ?disabled=${!this.app?.ready || !this.sendable}>
            ${icon("send")} <span dir="auto">${this.sendWord}</span>
          </button>
        </div>
      </form>
    `;
  }
}
customElements.define("prompt-box", PromptBox);
