// The student API of the school's server (docs/architecture.md) as functions that return data or throw.
//
// Two kinds of failure: `Away` means no usable answer came (network, timeout, a broken gateway) and `Problem` is an
// answer of the server with its code, cause and remedy. Nothing here retries; whoever calls decides.

const TIMEOUT_MS = 15000;

/** The server gave no usable answer. What was sent may or may not have arrived. */
export class Away extends Error {}

/** The server refused: `status`, `code`, `detail` and `remedy` in the reader's language, `body` with everything. */
export class Problem extends Error {
  constructor(status, body, retryAfter) {
    super(`${status} ${body.code || ""}`);
    Object.assign(this, { status, body, code: body.code || `HTTP-${status}`, detail: body.detail || "", remedy: body.remedy || "" });
    this.retry_after_s = Number(body.retry_after_s || retryAfter) || 0;
  }
}

/** Whether trying the very same again later is the right thing to do. */
export const isTemporary = (failure) => failure instanceof Away || (failure instanceof Problem && (failure.status >= 500 || failure.status === 429));

async function request(method, path, { bearer, body, timeout = TIMEOUT_MS } = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeout);
  const headers = { Accept: "application/json", "Accept-Language": document.documentElement.lang };
  if (bearer) headers.Authorization = `Bearer ${bearer}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    const cache = method === "GET" && path.startsWith("/papers/") ? "default" : "no-store";
    const answer = await fetch(path, { method, headers, cache, credentials: "omit", signal: stop.signal, body: body === undefined ? undefined : JSON.stringify(body) });
    return await read(answer);
  } catch (failure) {
    if (failure instanceof Problem) throw failure;
    throw new Away(String(failure));
  } finally {
    clearTimeout(timer);
  }
}

async function read(answer) {
  let data = null;
  try {
    data = await answer.json();
  } catch (failure) {
    if (answer.ok) throw new Away(`unreadable answer: ${failure}`);
  }
  if (answer.ok && data) return data;
  if (!data && answer.status >= 500) throw new Away(`gateway answered ${answer.status}`);
  throw new Problem(answer.status, data || {}, answer.headers.get("Retry-After"));
}

const attempt = (id) => `/api/v1/attempts/${encodeURIComponent(id)}`;

export const login = (number, password) => request("POST", "/api/v1/login", { body: { number, password } });
export const requestReset = (number, password) => request("POST", "/api/v1/reset-requests", { body: { number, password } });
export const admit = (ticket, token) => request("POST", "/api/v1/admission", { bearer: ticket, body: { token } });
export const readAttempt = (id, seat) => request("GET", attempt(id), { bearer: seat });
export const startAttempt = (id, seat) => request("POST", `${attempt(id)}/start`, { bearer: seat, body: {} });
export const sendAnswers = (id, seat, items, position) => request("POST", `${attempt(id)}/answers`, { bearer: seat, body: { items, position } });
export const finishAttempt = (id, seat) => request("POST", `${attempt(id)}/finish`, { bearer: seat, body: {} });
export const readPaper = (path) => request("GET", path, { timeout: 60000 });
