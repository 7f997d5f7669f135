import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../../core/i18n.js";
import { bodyOf } from "../../server/api.js";
import { Timeline } from "../../sound/timeline.js";
import { TrackElement } from "../../ui/app-element.js";
import { Catalogue } from "./catalogue.js";
import { Draft, MOST_EDITS } from "./draft.js";
import { Drafts, KEY } from "./drafts.js";
import { Hand } from "./hand.js";
import { isDoubtful, LANES, lineAt } from "./project.js";
import * as server from "./server.js";
import { Speech } from "./speech.js";
import { spokenAnew } from "./spoken.js";
import "./bar.js";
import "./cast.js";
import "./clip.js";
import "./export.js";
import "./lanes.js";
import "./levels.js";
import "./line.js";
import "./scene.js";
import "./script.js";
import "./tabs.js";

/** @import { PageElement } from "../../ui/element.js" */
/** @import { DramaScene } from "./scene.js" */
/** @import { DramaScript } from "./script.js" */
/** @import { Tab } from "./tabs.js" */

/** @type {Drafts | undefined} */
let drafts;
const catalogue = new Catalogue();

/** The desk of a drama: its script beside its timeline, its cast, its sounds and levels. All can be changed and heard. */
class DramaDesk extends TrackElement {
  static properties = {
    ...TrackElement.properties,
    timeline: { attribute: false },
    at_s: { attribute: false },
    hand: { state: true },
    tab: { state: true },
    failed: { state: true },
  };

  constructor() {
    super();
    this.timeline = new Timeline();
    this.at_s = 0;
    /** @type {Hand | null} */
    this.hand = null;
    /** @type {Tab} */
    this.tab = "script";
    this.failed = false;
    this.shownId = "";
    /** @type {Speech | null} */
    this.speech = null;
  }

  attend() {
    const { app } = this;
    if (!app) return;
    const speech = (this.speech = new Speech(app));
    const kept = (drafts ??= new Drafts(app.storage));
    const changed = () => this.requestUpdate();
    this.listen(window, "storage", (/** @type {StorageEvent} */ event) => {
      if (event.key === app.storage.key(KEY)) kept.reload();
    });
    this.own(
      app.on("change", changed),
      kept.on("change", () => this.hand?.draft.follow()),
      catalogue.on("change", changed),
      catalogue.on("refused", (error) => app.complain(error)),
      speech.on("change", changed),
      speech.on("refused", (error) => app.complain(error)),
      i18n.on("change", () => catalogue.want()),
      () => speech.stop(),
    );
    catalogue.want();
    this.shownId = "";
    this.requestUpdate();
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    const { app, hand } = this;
    const heard = app?.playback.current?.key === `track:${this.record?.id}`; // else something of the desk's is
    if (hand && heard && changed.has("at_s")) hand.at_s = this.at_s;
    if (!this.record || this.record.id === this.shownId) return;
    this.shownId = this.record.id;
    this.hand = null;
    void this.load(this.record.id);
  }

  /** @param {string} id */
  async load(id) {
    this.failed = false;
    try {
      const project = await server.project(id);
      const { app, record, speech } = this;
      if (this.shownId !== id || !app || !record || !speech || !drafts) return;
      const draft = new Draft(drafts, id, project);
      const say = (/** @type {string} */ message) => app.emit("notice", { level: "warning", message });
      draft.on("change", () => this.requestUpdate());
      draft.on("full", () => say(t("ui.drama.full")));
      draft.on("most", () => say(t("ui.drama.most", { count: i18n.number(MOST_EDITS) })));
      const hand = new Hand({ app, record, draft, speech, catalogue });
      hand.on("change", () => this.requestUpdate());
      hand.on("reveal", (line) => this.script?.reveal(line));
      hand.on("scene", () => this.openScene());
      hand.on("focus", (selector) => void this.focusOn(selector));
      this.hand = hand;
    } catch (error) {
      if (this.shownId !== id) return;
      this.failed = true;
      this.app?.complain(bodyOf(error));
    }
  }

  get script() {
    return /** @type {DramaScript | null} */ (this.querySelector("drama-script"));
  }

  async openScene() {
    await this.updateComplete;
    const scene = /** @type {DramaScene | null} */ (this.querySelector("drama-scene"));
    await scene?.updateComplete;
    scene?.open();
  }

  /** A part gets the focus once it is there; else the script keeps it. @param {string} selector */
  async focusOn(selector) {
    await this.updateComplete;
    const [name = ""] = selector.split(" ");
    await /** @type {PageElement | null} */ (this.querySelector(name))?.updateComplete;
    await new Promise(requestAnimationFrame);
    const part = /** @type {HTMLElement | null} */ (this.querySelector(selector) ?? this.script?.scroller);
    part?.focus();
  }

  /** @param {Hand} hand */
  scriptPart(hand) {
    const { app, speech } = this;
    const { project, line, at_s } = hand;
    return html`
      <div class="drama-script-part">
        <drama-script
          .project=${project}
          .acts=${hand.script}
          .at=${line}
          .sounding=${lineAt(project, at_s)?.id ?? ""}
          .anew=${spokenAnew(hand.draft.base, project)}
          .busy=${speech?.busy ?? ""}
        ></drama-script>
        <div class="drama-line-part">
          <drama-line
            .app=${app}
            .project=${project}
            .line=${line}
            .voices=${catalogue.voices}
            .busy=${speech?.busy === line}
            .act=${hand.act}
            @speak=${() => hand.speak(hand.line)}
            @cut=${() => hand.cut(hand.line)}
            @chosen=${(/** @type {CustomEvent<string>} */ event) => hand.lanes.choose(event.detail)}
          ></drama-line>
          <drama-scene .project=${project} .line=${line} .act=${hand.act}></drama-scene>
        </div>
      </div>
    `;
  }

  /** @param {Hand} hand */
  shownPart(hand) {
    const { app, speech, tab } = this;
    const { project, act } = hand;
    if (tab === "script") return this.scriptPart(hand);
    if (tab === "levels") return html`<drama-levels .project=${project} .act=${act}></drama-levels>`;
    return html`<drama-cast
      .app=${app}
      .project=${project}
      .voices=${catalogue.voices}
      .busy=${speech?.busy ?? ""}
      .act=${act}
      @hear=${(/** @type {CustomEvent<string>} */ event) => hand.sample(event.detail)}
    ></drama-cast>`;
  }

  /** @param {Hand} hand */
  clips(hand) {
    return html`
      <div class="drama-tools" role="group" aria-label=${t("ui.drama.clip.add")}>
        <span class="hint">${t("ui.drama.clip.add")}</span>
        ${LANES.map(
          (lane) => html`<button class="button small" data-testid="add-${lane}" @click=${() => hand.place(lane)}>
            + ${t(`ui.drama.clip.add.${lane}`)}
          </button>`,
        )}
      </div>
      <drama-clip
        .app=${this.app}
        .project=${hand.project}
        .clip=${hand.clip}
        .sounds=${catalogue.sounds}
        .act=${hand.act}
        @cut=${() => hand.cutClip(hand.clip)}
        @closed=${() => {
          const { clip } = hand;
          hand.take("");
          void this.focusOn(`[data-clip="${clip}"]`);
        }}
      ></drama-clip>
    `;
  }

  render() {
    const { app, hand, record } = this;
    if (this.failed) return html`<p class="hint">${t("ui.drama.failed")}</p>`;
    if (!app || !record || !hand) return html`<p class="hint" role="status">${t("ui.loading")}</p>`;
    const { project, draft } = hand;
    const doubtful = this.tab === "script" && project.lines.filter(isDoubtful).length;
    return html`
      <section class="drama" aria-labelledby="drama-title" data-testid="drama">
        <div class="drama-head">
          <h3 id="drama-title">${t("ui.drama")}</h3>
          <drama-export .app=${app} .record=${record} .project=${project}></drama-export>
        </div>
        <drama-bar .app=${app} .record=${record} .draft=${draft} .project=${project}></drama-bar>
        <drama-lanes
          .project=${project}
          .acts=${hand.lanes}
          .sounds=${catalogue.sounds}
          .timeline=${this.timeline}
          .at=${hand.line}
          .clip=${hand.clip}
          .at_s=${hand.at_s}
        ></drama-lanes>
        ${this.clips(hand)}
        <div class="drama-head">
          <drama-tabs .tab=${this.tab} @tab=${(/** @type {CustomEvent<Tab>} */ event) => (this.tab = event.detail)}></drama-tabs>
          ${
            doubtful
              ? html`<button class="button small quiet" data-testid="next-doubtful" @click=${() => this.script?.doubtful()}>
                  ${t("ui.drama.next_doubtful", { count: i18n.number(doubtful) })}
                </button>`
              : nothing
          }
        </div>
        <div id="drama-part" role="tabpanel" aria-labelledby="drama-tab-${this.tab}">${this.shownPart(hand)}</div>
      </section>
    `;
  }
}
customElements.define("drama-desk", DramaDesk);
