import { request, send } from "../server/api.js";

/** @import { User } from "./session.js" */
/**
 * Times are unix seconds, null for never.
 *
 * @typedef {Record<"jobs_waiting" | "minutes_a_day" | "gigabytes", number | null>} Amounts
 * @typedef {User & { used: Amounts, allowed: Amounts }} Me
 * @typedef {{ id: string, name: string, created_at: number, expires_at: number | null, used_at: number | null }} Credential
 * @typedef {Credential & { kind: "session" | "login", current: boolean }} Login
 * @typedef {Credential & { scopes: string[] }} Token
 * @typedef {{ id: string, email: string | null, role: User["role"], plan: string, expires_at: number }} Invitation
 * @typedef {{ id: string, track_id: string, title: string, expires_at: number }} Link
 * @typedef {User & { created_at: number, seen_at: number | null, disabled_at: number | null }} Known
 */

/** @template T @typedef {Promise<{ items: T[] }>} Items */

/** @returns {Promise<Me>} */
export const me = () => request("/api/v1/auth/me");

/** @param {string} password as it is @param {string} new_password as it shall be @returns {Promise<Me>} */
export const changePassword = (password, new_password) => send("PATCH", "/api/v1/auth/me", { password, new_password });

/** @returns {Items<Login>} */
export const logins = () => request("/api/v1/auth/sessions");

/** @param {string} id */
export const endLogin = (id) => send("DELETE", `/api/v1/auth/sessions/${id}`);

/** @returns {Items<Token>} */
export const tokens = () => request("/api/v1/auth/tokens");

/** @param {{ name: string, scopes: string[], days: number | null }} token @returns {Promise<Token & { token: string }>} */
export const makeToken = (token) => send("POST", "/api/v1/auth/tokens", token);

/** @param {string} id */
export const removeToken = (id) => send("DELETE", `/api/v1/auth/tokens/${id}`);

/** @returns {Items<Invitation>} */
export const invitations = () => request("/api/v1/auth/invitations");

/** @param {{ email: string | null, role: string }} invitation @returns {Promise<Invitation & { link: string }>} */
export const invite = (invitation) => send("POST", "/api/v1/auth/invitations", invitation);

/** @param {string} id */
export const revokeInvitation = (id) => send("DELETE", `/api/v1/auth/invitations/${id}`);

/** @returns {Items<Known>} */
export const users = () => request("/api/v1/users");

/** @param {string} id @param {{ role?: string, disabled?: boolean }} change @returns {Promise<Known>} */
export const changeUser = (id, change) => send("PATCH", `/api/v1/users/${id}`, change);

/** @returns {Items<Link>} */
export const links = () => request("/api/v1/links");

/** @param {string} track @returns {Items<Link>} */
export const linksTo = (track) => request(`/api/v1/tracks/${track}/links`);

/** @param {string} track @param {number} expires_in seconds @returns {Promise<Link & { url: string }>} */
export const makeLink = (track, expires_in) => send("POST", `/api/v1/tracks/${track}/links`, { expires_in });

/** @param {string} id */
export const endLink = (id) => send("DELETE", `/api/v1/links/${id}`);
