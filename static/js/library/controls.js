import { html } from "/static/vendor/lit/index.js";
import { i18n, t } from "../core/i18n.js";
import { icon } from "../ui/icons.js";

/** @import { LibrarySummary } from "../core/types.js" */

const SORTS = ["newest", "oldest", "title", "longest", "shortest"];

/** @param {string} id @param {string} label @param {readonly { value: string, label: string }[]} options @param {() => void} look */
function select(id, label, options, look) {
  return html`
    <label class="library-select">
      <span class="unseen">${label}</span>
      <select class="select" id="library-${id}" data-testid="library-${id}" title=${label} @change=${look}>
        ${options.map((option) => html`<option value=${option.value}>${option.label}</option>`)}
      </select>
    </label>
  `;
}

/**
 * What is looked for in the library, and in which order.
 *
 * @param {LibrarySummary | null} summary
 * @param {() => void} look asks anew
 * @param {() => void} typed asks anew once the typing pauses
 */
export function controls(summary, look, typed) {
  const { commands = {}, models = {} } = summary ?? {};
  const counted = (/** @type {Record<string, number>} */ names, /** @type {string} */ all, /** @type {string} */ sign) => [
    { value: "", label: all },
    ...Object.entries(names).map(([name, count]) => ({ value: name, label: `${sign}${name} (${i18n.number(count)})` })),
  ];
  const sorts = SORTS.map((value) => ({ value, label: t(`ui.library.sort.${value}`) }));
  return html`
    <div class="library-controls" role="search" aria-label=${t("ui.library.search")}>
      <label class="library-search">
        <span class="unseen">${t("ui.library.search")}</span>
        ${icon("search")}
        <input
          class="text"
          id="library-q"
          type="search"
          autocomplete="off"
          autofocus
          data-testid="library-q"
          placeholder=${t("ui.library.search")}
          @input=${typed}
        />
      </label>
      ${select("command", t("ui.library.command"), counted(commands, t("ui.library.any_command"), "/"), look)}
      ${select("model", t("ui.library.model"), counted(models, t("ui.library.any_model"), ""), look)}
      ${select("sort", t("ui.library.sort"), sorts, look)}
      <label class="library-check">
        <input type="checkbox" id="library-favourite" data-testid="library-only-favourites" @change=${look} />
        ${t("ui.library.favourites")}
      </label>
    </div>
  `;
}
