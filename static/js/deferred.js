import "./card/card.js";
import "./chat/queue.js";
import "./chat/track-found.js";
import "./settings/settings.js";
import "./start/start.js";
import "./sound/play-button.js";
import "./sound/player-bar.js";
import "./sound/track-wave.js";
import "./ui/keys-dialog.js";

/** What the first paint does not need: more than half of all modules. */
