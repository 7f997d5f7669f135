import { live } from "/static/vendor/lit/directives/live.js";
import { html } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import { pressed } from "../core/keys.js";
import { icon } from "../ui/icons.js";
import { byRelevance } from "./search.js";

/** @import { Search } from "../core/types.js" */

const SORTS = ["newest", "oldest", "title", "longest", "shortest"];

/** What an event's control says. @param {Event} event */
const valueOf = (event) => /** @type {HTMLInputElement | HTMLSelectElement} */ (event.target).value;

/**
 * The words that are looked for, whether by what they mean, and the order.
 *
 * @param {Search} search
 * @param {(change: Search) => void} ask asks anew
 * @param {(change: Search) => void} typed asks anew once the typing pauses
 * @param {() => void} down goes to what was found
 */
export function controls(search, ask, typed, down) {
  const ranked = byRelevance(search);
  const { meaning = false, sort = "newest" } = search;
  return html`
    <label class="library-search">
      <span class="unseen">${t("ui.library.search")}</span>
      ${icon("search")}
      <input
        class="text"
        id="library-q"
        type="search"
        autocomplete="off"
        autofocus
        maxlength="500"
        data-testid="library-q"
        placeholder=${t(meaning ? "ui.library.describe" : "ui.library.search")}
        .value=${live(search.q ?? "")}
        @input=${(/** @type {Event} */ event) => typed({ q: valueOf(event) })}
        @keydown=${(/** @type {KeyboardEvent} */ event) => {
          if (pressed("library", event) !== "next") return;
          event.preventDefault();
          down();
        }}
      />
    </label>
    <div class="library-how">
      <label class="library-check" title=${t("ui.library.meaning.hint")}>
        <input
          class="switch"
          type="checkbox"
          data-testid="library-meaning"
          .checked=${live(meaning)}
          @change=${() => ask({ meaning: !meaning })}
        />
        ${t("ui.library.meaning")}
      </label>
      <select
        class="select"
        id="library-sort"
        data-testid="library-sort"
        aria-label=${t("ui.library.sort")}
        ?disabled=${ranked}
        .value=${live(ranked ? "" : sort)}
        @change=${(/** @type {Event} */ event) => ask({ sort: valueOf(event) })}
      >
        ${ranked ? html`<option value="">${t("ui.library.sort.closest")}</option>` : ""}
        ${SORTS.map((value) => html`<option value=${value} ?selected=${!ranked && value === sort}>${t(`ui.library.sort.${value}`)}</option>`)}
      </select>
    </div>
  `;
}
