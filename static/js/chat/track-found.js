import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../core/i18n.js";
import { isObject } from "../core/json.js";
import { tagLabel, tempoText, termLabel } from "../core/terms.js";
import * as api from "../server/api.js";
import { PageElement } from "../ui/element.js";

/** @import { Values } from "../core/types.js" */

const CATEGORIES = ["genre", "instruments", "mood"];

/** @param {unknown} value @returns {Values} */
const object = (value) => (isObject(value) ? /** @type {Values} */ (value) : {});

/** @param {unknown} value @returns {Values[]} */
const objects = (value) => (Array.isArray(value) ? value.map(object) : []);

/** "Music · 120 BPM · A minor · Rock, Piano, Calm", as far as that is known. @param {Values} facts */
export function foundText(facts) {
  const { kind } = object(facts.sound);
  const { bpm } = object(facts.tempo);
  const { name: key } = object(facts.key);
  const tags = objects(facts.tags);
  const surest = CATEGORIES.map((category) => tags.find((tag) => tag.category === category)).filter((tag) => tag !== undefined);
  return [
    kind ? t(`ui.tag.kind.${kind}`) : "",
    bpm ? tempoText(Number(bpm)) : "",
    key ? termLabel("key", String(key)) : "",
    i18n.list(surest.map(({ category, name }) => tagLabel(`${category}/${name}`))),
  ].filter(Boolean).join(" · ");
}

/** @type {WeakMap<Element, TrackFound>} */
const unseen = new WeakMap();
const sight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) if (isIntersecting) unseen.get(target)?.come();
});

/** What was found out about a track, in a few words. Its record is asked for when the line comes into sight. */
class TrackFound extends PageElement {
  static properties = { track: { attribute: false }, row: { attribute: false }, facts: { state: true } };

  constructor() {
    super();
    this.track = "";
    /** Another one where something has changed. @type {unknown} */
    this.row = undefined;
    /** @type {Values} */
    this.facts = {};
    this.seen = false;
  }

  attend() {
    unseen.set(this, this);
    sight.observe(this);
    this.own(() => sight.unobserve(this));
  }

  come() {
    sight.unobserve(this);
    this.seen = true;
    void this.ask();
  }

  /** @param {Map<string, unknown>} changed */
  updated(changed) {
    if (this.seen && (changed.has("track") || changed.has("row"))) void this.ask();
  }

  async ask() {
    const { track } = this;
    const facts = await api.track(track).then((record) => record.facts, () => undefined);
    if (track === this.track) this.facts = facts ?? {};
  }

  render() {
    const said = foundText(this.facts);
    return said ? html`<span class="hint" data-testid="found">${said}</span>` : nothing;
  }
}
customElements.define("track-found", TrackFound);
