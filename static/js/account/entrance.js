import { address } from "../core/address.js";
import { Emitter } from "../core/events.js";
import { login } from "../server/api.js";
import { LoginGate } from "./gate.js";
import { Session } from "./session.js";

/** @import { App } from "../store/app.js" */
/** @import { User } from "./session.js" */

const AGAIN_MS = 1_000;

/**
 * Where there are accounts, the way into the page: it is some user's, who may have to log in again in the middle of it,
 * and begins anew for everybody else.
 *
 * @extends {Emitter<{ change: [] }>}
 */
export class Account extends Emitter {
  /** Tells the other tabs of this browser who came, or that somebody left. */
  #tabs = new BroadcastChannel(`account ${address("/")}`);
  /** @type {Promise<void> | null} */
  #asking = null;

  /** @param {Session} session @param {LoginGate} gate @param {User} user whose page this is */
  constructor(session, gate, user) {
    super();
    this.session = session;
    this.gate = gate;
    this.user = user;
    this.#prove();
    login.renewed = (status, csrf) => this.#renewed(status, csrf);
    this.#tabs.onmessage = ({ data }) => void (data ? this.#heard() : anew());
    this.#tabs.postMessage(user.id);
  }

  /** Lets the socket in again once its user is, and opens the track of a link that was shared. @param {App} app */
  follow(app) {
    const { connection } = app;
    const openShared = () => inFragment("track") && void app.open(inFragment("track"));
    app.user = this.user.id;
    openShared();
    addEventListener("hashchange", openShared);
    connection.on("refused", async () => {
      const { csrf } = login;
      await this.again().catch(() => {}); // the socket goes on trying
      if (csrf === login.csrf) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      connection.open();
    });
  }

  /** Waits until this page's user is logged in. Raises TypeError when the server cannot be reached. */
  again() {
    this.#asking ??= this.#again().finally(() => (this.#asking = null));
    return this.#asking;
  }

  /** Logs out: nothing of the user's stays in the page. Raises Refusal, TypeError. */
  async leave() {
    await this.session.look();
    if (this.session.said.user?.id === this.user.id) {
      this.#prove();
      await this.session.leave();
    }
    this.#tabs.postMessage("");
    await anew();
  }

  async #again() {
    const { session, gate, user } = this;
    await session.look();
    const nobody = !session.said.user;
    if (nobody) await gate.enter(session, user.email);
    const come = session.said.user?.id;
    if (nobody) this.#tabs.postMessage(come);
    if (come !== user.id) await anew();
    this.#prove();
  }

  /** Somebody came in another tab. */
  async #heard() {
    if (this.gate.session) await this.gate.look();
    else await this.again().catch(() => {}); // the next request finds out
  }

  #prove() {
    const { user, csrf } = this.session.said;
    this.user = user ?? this.user;
    login.csrf = csrf ?? "";
    this.emit("change");
  }

  /** @param {number} status @param {string} csrf */
  async #renewed(status, csrf) {
    if (status !== 401 && status !== 403) return false;
    await this.again();
    return login.csrf !== csrf;
  }
}

/** The page begins again, with an empty memory: nothing that is told to wait for it goes on. @returns {Promise<never>} */
function anew() {
  location.reload();
  return new Promise(() => {});
}

/** What the address says that no server is told. @param {string} name */
const inFragment = (name) => new URLSearchParams(location.hash.slice(1)).get(name) ?? "";

/** The secret of an invitation by whose link somebody came. */
const invited = () => inFragment("invitation");

/**
 * Who uses the page, once they are logged in.
 *
 * @param {(language: string) => Promise<void>} speak changes the page's language
 * @param {string} language
 * @returns {Promise<Account>}
 */
export async function enter(speak, language) {
  await speak(language).catch(() => {}); // keys stand for sentences
  const session = new Session();
  const gate = new LoginGate();
  gate.speak = speak;
  document.body.append(gate);
  await session.look().catch(() => {}); // the form says so when it is sent
  const invitation = invited();
  const reason = inFragment("login-error");
  if (!session.said.user || invitation) await gate.enter(session, "", invitation, reason);
  if (invitation || reason) history.replaceState(null, "", location.pathname);
  addEventListener("hashchange", () => invited() && anew());
  const { user } = session.said;
  if (!user) throw new Error("nobody came in");
  return new Account(session, gate, user);
}
