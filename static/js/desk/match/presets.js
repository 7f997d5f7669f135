import { t } from "../../core/i18n.js";
import { matchImport } from "../../server/api.js";
import { PresetList } from "../../ui/preset-list.js";

/** @import { CommandInfo, Values } from "../../core/types.js" */
/** @import { App } from "../../store/app.js" */
/** @import { Preset } from "../../store/presets.js" */

/** Presets of styles: the same store, list and files as every command's, but of what the panel holds. It says `use`. */
class MatchPresets extends PresetList {
  /** @type {Values} */
  values = {};

  constructor() {
    super();
    this.ids = "match-preset";
    this.accept += ",.vstpreset";
  }

  held() {
    return this.values;
  }

  /** @param {App} app @param {CommandInfo} command @param {File} file a `.vstpreset` holds one style and is named after it */
  async textOf(app, command, file) {
    const name = file.name.replace(/\.vstpreset$/i, "");
    if (name === file.name) return file.text();
    const { style } = await matchImport(file);
    return app.presets.exported([{ command: command.name, name, params: { style: JSON.stringify(style) } }]);
  }

  /** @param {App} app @param {CommandInfo} _command @param {Preset} preset */
  use(app, _command, preset) {
    this.dispatchEvent(new CustomEvent("use", { detail: preset.params }));
    app.emit("announce", t("ui.preset.used", { name: preset.name }));
  }
}
customElements.define("match-presets", MatchPresets);
