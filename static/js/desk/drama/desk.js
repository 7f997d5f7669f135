import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../../core/i18n.js";
import { bodyOf } from "../../server/api.js";
import { Timeline } from "../../sound/timeline.js";
import { playableTrack } from "../../store/playable.js";
import { TrackElement } from "../../ui/app-element.js";
import { Draft } from "./draft.js";
import { Drafts, KEY } from "./drafts.js";
import { named } from "./labels.js";
import { byId, isDoubtful, lineAt } from "./project.js";
import * as server from "./server.js";
import "./lanes.js";
import "./script.js";

/** @import { DramaLanes, LaneActs } from "./lanes.js" */
/** @import { DramaScript, ScriptActs } from "./script.js" */
/** @import { Clip } from "./project.js" */

const drafts = new Drafts(localStorage);

/** The desk of a drama: its script beside its timeline, read along with the sound. */
class DramaDesk extends TrackElement {
  static properties = {
    ...TrackElement.properties,
    timeline: { attribute: false },
    at_s: { attribute: false },
    draft: { state: true },
    line: { state: true },
    clip: { state: true },
    failed: { state: true },
  };

  constructor() {
    super();
    this.timeline = new Timeline();
    this.at_s = 0;
    /** @type {Draft | null} */
    this.draft = null;
    /** The chosen line. */
    this.line = "";
    /** The clip in hand. */
    this.clip = "";
    this.failed = false;
    this.shownId = "";
  }

  attend() {
    this.listen(window, "storage", (/** @type {StorageEvent} */ event) => {
      if (event.key === KEY) drafts.reload();
    });
    this.own(drafts.on("change", () => this.draft?.follow()));
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!changed.has("record") || !this.record || this.record.id === this.shownId) return;
    this.shownId = this.record.id;
    this.draft = null;
    this.line = this.clip = "";
    void this.load(this.record.id);
  }

  /** @param {string} id */
  async load(id) {
    this.failed = false;
    try {
      const project = await server.project(id);
      if (this.shownId !== id) return;
      const draft = new Draft(drafts, id, project);
      draft.on("change", () => this.requestUpdate());
      this.draft = draft;
      this.line = project.lines[0]?.id ?? "";
    } catch (error) {
      if (this.shownId !== id) return;
      this.failed = true;
      this.app?.complain(bodyOf(error));
    }
  }

  get project() {
    return this.draft?.project;
  }

  get script() {
    return /** @type {DramaScript | null} */ (this.querySelector("drama-script"));
  }

  get lanes() {
    return /** @type {DramaLanes | null} */ (this.querySelector("drama-lanes"));
  }

  /** The track is heard from a moment on. @param {number} at_s */
  from(at_s) {
    const { app, record } = this;
    if (app && record) app.playback.play(playableTrack(record), app.everything, at_s);
  }

  play() {
    const { app, record } = this;
    if (!app || !record) return;
    if (app.playback.current?.key === `track:${record.id}`) app.playback.toggle();
    else this.from(this.at_s);
  }

  /** @param {Edit} edit */
  act = (edit) => {
    this.app?.card.touch();
    return this.draft?.act(edit) ?? false;
  };

  /** @param {string} id */
  remove(id) {
    const { project } = this;
    if (!project) return;
    const at = placeOf(project.lines, id);
    if (!this.act({ do: "delete", line: id })) return;
    this.line = (this.project?.lines[at] ?? this.project?.lines.at(-1))?.id ?? "";
    this.script?.reveal(this.line);
  }

  /** The line is heard as it is now, whether it was rendered so or not. @param {string} id */
  speak(id) {
    const { project, speech } = this;
    const line = project && byId(project.lines, id);
    if (!line || !speech) return;
    const asked = utterance(project, line);
    if (asked) void speech.hear(id, line.text.slice(0, 60), asked);
    else this.app?.emit("notice", { level: "info", message: t("ui.drama.uncast") });
  }

  /** @type {ScriptActs} */
  scriptActs = {
    choose: (id) => (this.line = id),
    hear: (id) => {
      const line = this.project && byId(this.project.lines, id);
      if (line && line.start_s !== null) this.from(line.start_s);
    },
    play: () => this.play(),
    speak: (id) => this.speak(id),
    edit: () => void this.edit("drama-line textarea"),
    accept: (id) => {
      const line = this.project && byId(this.project.lines, id);
      if (line?.speaker) this.act({ do: "line", line: id, set: { speaker: line.speaker } });
    },
    remove: (id) => this.remove(id),
    undo: () => this.draft?.undo(),
    redo: () => this.draft?.redo(),
  };

  /** @type {LaneActs} */
  laneActs = {
    seek: (at_s) => this.dispatchEvent(new CustomEvent("seek", { detail: at_s, bubbles: true })),
    choose: (id) => {
      this.line = id;
      this.script?.reveal(id);
    },
    take: (id) => (this.clip = id),
    title: (clip) => clipTitle(clip, this.catalogue.sounds),
    move: (clip, part, by_s) => {
      const edit = this.project && moved(this.project, clip, part, by_s);
      if (edit) this.act(edit);
    },
    remove: (clip) => {
      this.act({ do: "remove", clip: clip.id });
      void this.refocus(() => this.querySelector(".clip[tabindex='0']"));
    },
    hear: (clip) => {
      if (this.app) hearSound(this.app, clip, clipTitle(clip, this.catalogue.sounds));
    },
    edit: () => void this.edit("drama-clip input, drama-clip textarea"),
  };

  /** The part of the desk with this field is shown, and the field gets the focus. @param {string} field */
  async edit(field) {
    if (field.startsWith("drama-line")) this.tab = "script";
    await this.updateComplete;
    const part = /** @type {PageElement | null} */ (this.querySelector(field.split(" ")[0] ?? ""));
    await part?.updateComplete;
    /** @type {HTMLElement | null} */ (this.querySelector(field))?.focus();
  }

  render() {
    const { draft, record, project } = this;
    if (this.failed) return html`<p class="hint">${t("ui.drama.failed")}</p>`;
    if (!record || !draft || !project) return html`<p class="hint" role="status">${t("ui.loading")}</p>`;
    const doubtful = project.lines.filter(isDoubtful).length;
    return html`
      <section class="drama" aria-labelledby="drama-title" data-testid="drama">
        <div class="drama-head">
          <h3 id="drama-title">${t("ui.drama")}</h3>
          ${
            doubtful
              ? html`<button class="button small quiet" data-testid="next-doubtful" @click=${() => this.script?.doubtful()}>
                  ${t("ui.drama.next_doubtful", { count: doubtful })}
                </button>`
              : nothing
          }
        </div>
        <drama-lanes
          .project=${project}
          .acts=${this.laneActs}
          .timeline=${this.timeline}
          .at=${this.line}
          .clip=${this.clip}
          .at_s=${this.at_s}
        ></drama-lanes>
        <drama-script
          .project=${project}
          .acts=${this.scriptActs}
          .at=${this.line}
          .sounding=${lineAt(project, this.at_s)?.id ?? ""}
        ></drama-script>
      </section>
    `;
  }
}
customElements.define("drama-desk", DramaDesk);
