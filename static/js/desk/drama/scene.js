import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../../core/i18n.js";
import { PageElement } from "../../ui/element.js";
import { choice } from "./fields.js";
import { named, sceneWords } from "./labels.js";
import { fact, FACTS, REVERBS, sceneOf } from "./scene-facts.js";

/** @import { Edit } from "./edits.js" */
/** @import { Project, Scene } from "./project.js" */
/** @import { Aspect } from "./scene-facts.js" */

/** Most rooms that answer are called like the places. @param {string} reverb */
const reverbWord = (reverb) => (["none", "outdoors"].includes(reverb) ? t(`ui.drama.reverb.${reverb}`) : named("place", reverb));

/** The scene of the chosen line, to be changed. */
class DramaScene extends PageElement {
  static properties = { project: { attribute: false }, line: { attribute: false }, act: { attribute: false } };

  constructor() {
    super();
    /** @type {Project | undefined} */
    this.project = undefined;
    /** Id of the line. */
    this.line = "";
    /** @type {(edit: Edit) => boolean} */
    this.act = () => false;
  }

  /** @param {Scene} scene @param {Aspect} aspect */
  aspect(scene, aspect) {
    const value = scene[aspect]?.value ?? "";
    const words = [...new Set([...FACTS[aspect], ...(value ? [value] : [])])];
    const options = words.map((word) => ({ value: word, label: named(aspect, word) }));
    return choice(`scene-${aspect}`, t(`ui.drama.scene.${aspect}`), value, [{ value: "", label: t("ui.drama.scene.unknown") }, ...options], (now) =>
      this.act({ do: "scene", scene: scene.id, set: fact(aspect, now) }),
    );
  }

  /** The user comes here by key or from the script. */
  open() {
    const details = this.querySelector("details");
    if (!details) return;
    details.open = true;
    details.querySelector("select")?.focus();
    details.scrollIntoView({ block: "nearest" });
  }

  render() {
    const { project } = this;
    const scene = project && sceneOf(project, this.line);
    if (!scene) return nothing;
    const reverbs = REVERBS.map((value) => ({ value, label: reverbWord(value) }));
    return html`
      <details class="drama-editor drama-scene" data-testid="scene-editor">
        <summary>
          <b>${t("ui.drama.scene")}</b>
          ${sceneWords(scene)}
        </summary>
        <div class="drama-fields">
          ${/** @type {Aspect[]} */ (Object.keys(FACTS)).map((aspect) => this.aspect(scene, aspect))}
          ${choice("scene-reverb", t("ui.drama.reverb"), scene.reverb, reverbs, (reverb) =>
            this.act({ do: "scene", scene: scene.id, set: { reverb } }),
          )}
        </div>
        <p class="hint">${t("ui.drama.scene.hint")}</p>
      </details>
    `;
  }
}
customElements.define("drama-scene", DramaScene);
export { DramaScene };
