import { Emitter } from "../core/events.js";
import { read, write } from "../core/storage.js";

/** @typedef {"auto" | "light" | "dark"} Theme */

export const KEY = "theme_v1";
export const THEMES = /** @type {const} */ (["auto", "light", "dark"]);

/**
 * Light, dark, or as the system has it. The style sheet does the rest, by `data-theme` and `light-dark()`.
 *
 * @extends {Emitter<{ change: [] }>}
 */
class ThemeChoice extends Emitter {
  /** @type {Theme} */
  chosen = "auto";

  /** Takes over what was chosen before; follows the system from now on. */
  begin() {
    this.reload();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.emit("change"));
  }

  /** Reads what is stored: at the start, and when another tab wrote. */
  reload() {
    const stored = read(localStorage, KEY, "auto");
    this.#show(THEMES.find((theme) => theme === stored) ?? "auto");
  }

  /** @param {Theme} theme */
  choose(theme) {
    write(localStorage, KEY, theme);
    this.#show(theme);
  }

  /** @param {Theme} theme */
  #show(theme) {
    this.chosen = theme;
    document.documentElement.dataset.theme = theme;
    this.emit("change");
  }
}

export const theme = new ThemeChoice();
