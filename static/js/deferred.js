import "./card/card.js";
import "./library/library.js";
import "./start/start.js";
import "./sound/play-button.js";
import "./sound/player-bar.js";
import "./sound/track-wave.js";
import "./ui/keys-dialog.js";

/** What the first paint does not need: half of all modules. */
