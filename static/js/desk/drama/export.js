import { html } from "/static/vendor/lit/index.js";
import { t } from "../../core/i18n.js";
import { bodyOf } from "../../server/api.js";
import { TrackElement } from "../../ui/app-element.js";
import { save } from "../../ui/files.js";
import { icon } from "../../ui/icons.js";
import { projectFile } from "./render.js";
import { saveExport } from "./server.js";

/** @import { Project } from "./project.js" */

const FILES = /** @type {const} */ ([
  "subtitles.srt", "subtitles.vtt", "karaoke.vtt", "lyrics.lrc", "book.m4b", "book.epub", "lines.zip", "report.json",
]);

/** What becomes of a drama outside: subtitles, books, single lines, and the project itself with its changes. */
class DramaExport extends TrackElement {
  static properties = {
    ...TrackElement.properties,
    project: { attribute: false },
    working: { state: true },
  };

  constructor() {
    super();
    /** @type {Project | undefined} */
    this.project = undefined;
    /** The file that is being made. */
    this.working = "";
  }

  /** @param {boolean} focus it goes back to where the list was opened */
  close(focus) {
    const list = /** @type {HTMLDetailsElement | null} */ (this.querySelector("details"));
    if (!list?.open) return;
    list.open = false;
    if (focus) list.querySelector("summary")?.focus();
  }

  saveProject() {
    const { project, record } = this;
    if (!project || !record) return;
    const file = projectFile(project, record.title);
    save(file.name, file.type, file);
  }

  /** The server may have to make it first: a book takes a while. @param {string} name */
  async export(name) {
    const { record } = this;
    if (!record || this.working) return;
    this.working = name;
    try {
      await saveExport(record.id, name);
    } catch (error) {
      this.app?.complain(bodyOf(error));
    } finally {
      this.working = "";
    }
  }

  render() {
    const { working } = this;
    const label = (/** @type {string} */ name) => t(`ui.drama.file.${name.replace(".", "_")}`);
    return html`
      <button class="button small quiet" data-testid="drama-save" @click=${() => this.saveProject()}>
        ${icon("download")} ${t("ui.drama.save")}
      </button>
      <details
        class="drama-export"
        data-testid="drama-export"
        @keydown=${(/** @type {KeyboardEvent} */ event) => event.key === "Escape" && this.close(true)}
        @focusout=${(/** @type {FocusEvent} */ event) =>
          event.relatedTarget instanceof Node && !this.contains(event.relatedTarget) && this.close(false)}
      >
        <summary class="button small">${icon("download")} ${t("ui.drama.export")}</summary>
        <ul aria-label=${t("ui.drama.export")}>
          ${FILES.map(
            (name) => html`
              <li>
                <button
                  class="button small quiet"
                  data-testid="export-${name}"
                  ?disabled=${working !== ""}
                  @click=${() => void this.export(name)}
                >
                  ${label(name)}
                </button>
              </li>
            `,
          )}
          <li class="hint" role="status">
            ${working ? t("ui.drama.export.working", { name: label(working) }) : t("ui.drama.export.hint")}
          </li>
        </ul>
      </details>
    `;
  }
}
customElements.define("drama-export", DramaExport);
