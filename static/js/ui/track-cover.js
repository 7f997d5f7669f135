import { html } from "/static/vendor/lit/index.js";
import { PageElement } from "./element.js";
import { icon } from "./icons.js";

/** The picture that the server has or makes of a track; it says nothing that does not stand beside it. */
class TrackCover extends PageElement {
  static properties = { row: { attribute: false }, broken: { state: true } };

  constructor() {
    super();
    /** @type {{ id: string } | undefined} */
    this.row = undefined;
    /** The track whose picture cannot be had. */
    this.broken = "";
  }

  render() {
    const id = this.row?.id ?? "";
    if (!id || this.broken === id) return icon("note");
    return html`<img
      src="/api/tracks/${id}/cover"
      alt=""
      width="384"
      height="384"
      loading="lazy"
      decoding="async"
      draggable="false"
      @error=${() => (this.broken = id)}
    />`;
  }
}
customElements.define("track-cover", TrackCover);
