import "./card/card.js";
import "./library/library.js";

/** What the first paint does not need: half of all modules. */
