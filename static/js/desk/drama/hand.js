import { Emitter } from "../../core/events.js";
import { t } from "../../core/i18n.js";
import { newId } from "../../core/ids.js";
import { playableTrack } from "../../store/playable.js";
import { moved, newClip } from "./clips.js";
import { byId, placeOf } from "./project.js";
import { clipTitle, hearSound } from "./sounds.js";
import { sample, utterance } from "./spoken.js";

/** @import { TrackRecord } from "../../core/types.js" */
/** @import { App } from "../../store/app.js" */
/** @import { LaneActs, ScriptActs } from "./acts.js" */
/** @import { Catalogue } from "./catalogue.js" */
/** @import { Draft } from "./draft.js" */
/** @import { Edit } from "./edits.js" */
/** @import { Lane } from "./project.js" */
/** @import { Speech } from "./speech.js" */

/** What a clip sounds of until another sound is chosen; music has words instead. */
const FIRST_SOUND = { ambience: "rain", effects: "knock", music: "" };
const CLIP_FIELD = "drama-clip input[type=search], drama-clip [data-testid=clip-prompt]";

/**
 * What of a drama is in hand, and what can be done with it. `reveal` asks for a line to be brought into sight, `focus`
 * for a part of the desk to get the focus, `scene` for the editor of the chosen line's scene.
 *
 * @extends {Emitter<{ change: [], reveal: [line: string], focus: [selector: string], scene: [] }>}
 */
export class Hand extends Emitter {
  /** Id of the chosen line. */
  line = "";
  /** Id of the clip in hand; empty while there is none. */
  clip = "";
  /** The moment that is heard, seconds. */
  at_s = 0;

  /** @param {{ app: App, record: TrackRecord, draft: Draft, speech: Speech, catalogue: Catalogue }} what */
  constructor({ app, record, draft, speech, catalogue }) {
    super();
    this.app = app;
    this.record = record;
    this.draft = draft;
    this.speech = speech;
    this.catalogue = catalogue;
    this.line = draft.project.lines[0]?.id ?? "";
  }

  get project() {
    return this.draft.project;
  }

  /** How fast all lines of the drama are spoken. */
  get pace() {
    return Number(this.record.parameters.speed ?? 1) || 1;
  }

  /** @param {string} id */
  choose(id) {
    this.line = id;
    this.emit("change");
  }

  /** @param {string} id */
  take(id) {
    this.clip = id;
    this.emit("change");
  }

  /** @param {Edit} edit */
  act = (edit) => {
    this.app.card.touch();
    return this.draft.act(edit);
  };

  /** The track is heard from a moment on. @param {number} at_s */
  from(at_s) {
    this.app.playback.play(playableTrack(this.record), this.app.everything, at_s);
  }

  play() {
    if (this.app.playback.current?.key === `track:${this.record.id}`) this.app.playback.toggle();
    else this.from(this.at_s);
  }

  /** Takes a line out; its neighbour is in hand then. @param {string} id */
  cut(id) {
    const at = placeOf(this.project.lines, id);
    if (!this.act({ do: "delete", line: id })) return;
    this.choose((this.project.lines[at] ?? this.project.lines.at(-1))?.id ?? "");
    this.emit("reveal", this.line);
  }

  /** @param {string} id */
  cutClip(id) {
    this.act({ do: "remove", clip: id });
    if (this.clip === id) this.take("");
    this.emit("focus", ".clip[tabindex='0']");
  }

  /** A new clip begins where the sound is. @param {Lane} lane */
  place(lane) {
    const tag = FIRST_SOUND[lane];
    const sound = [...this.catalogue.sounds.values()].find(({ tags }) => tags.includes(tag));
    const id = `k${newId().slice(0, 16)}`;
    const wanted = { id, lane, sound: sound?.id ?? (tag && `made:${tag}`), prompt: "", loops: lane !== "effects", at_s: this.at_s };
    const clip = newClip(this.project, wanted);
    if (!clip || !this.act({ do: "place", clip })) return;
    this.take(id);
    this.emit("focus", CLIP_FIELD);
  }

  /** The line is heard as it is now, whether it was rendered so or not. @param {string} id */
  speak(id) {
    const line = byId(this.project.lines, id);
    if (line) this.#hear(id, line.text.slice(0, 60), utterance(this.project, line, undefined, this.pace));
  }

  /** A character is heard for about ten seconds. @param {string} id */
  sample(id) {
    const character = byId(this.project.characters, id);
    const [line] = this.project.lines;
    if (!character || !line) return;
    const own = { text: sample(this.project, character, this.catalogue.samples), voice: null, language: null };
    const plain = { ...line, ...own, emotion: "neutral", speed: 1, pitch_semitones: 0 };
    this.#hear(id, character.name, utterance(this.project, plain, character, this.pace));
  }

  /** @param {string} id @param {string} title @param {ReturnType<typeof utterance>} asked */
  #hear(id, title, asked) {
    if (asked) void this.speech.hear(id, title, asked);
    else this.app.emit("notice", { level: "info", message: t("ui.drama.uncast") });
  }

  /** @param {string} id */
  accept(id) {
    const line = byId(this.project.lines, id);
    if (line?.speaker) this.act({ do: "line", line: id, set: { speaker: line.speaker } });
  }

  /** @type {ScriptActs} */
  script = {
    choose: (id) => this.choose(id),
    hear: (id) => {
      const line = byId(this.project.lines, id);
      if (line && line.start_s !== null) this.from(line.start_s);
    },
    play: () => this.play(),
    speak: (id) => this.speak(id),
    edit: () => this.emit("focus", "drama-line textarea"),
    scene: (id) => {
      this.choose(id);
      this.emit("scene");
    },
    accept: (id) => this.accept(id),
    remove: (id) => this.cut(id),
    undo: () => this.draft.undo(),
    redo: () => this.draft.redo(),
  };

  /** @type {LaneActs} */
  lanes = {
    seek: (at_s) => {
      const { playback } = this.app;
      const sound = playableTrack(this.record);
      if (playback.current?.key === sound.key) playback.seek(at_s);
      else playback.hold(sound, this.app.everything, at_s);
    },
    choose: (id) => {
      this.choose(id);
      this.emit("reveal", id);
    },
    take: (id) => this.take(id),
    title: (clip) => clipTitle(clip, this.catalogue.sounds),
    move: (clip, part, by_s) => {
      const edit = moved(this.project, byId(this.project.clips, clip.id) ?? clip, part, by_s);
      if (edit) this.act(edit);
    },
    remove: (clip) => this.cutClip(clip.id),
    hear: (clip) => hearSound(this.app, clip, clipTitle(clip, this.catalogue.sounds)),
    edit: (clip) => {
      this.take(clip.id);
      this.emit("focus", CLIP_FIELD);
    },
  };
}
