// Delivers the journal: in order, one request at a time, again and again until the server has confirmed it.
//
// It never decides what an answer is and never drops one. A refusal that cannot be cured by waiting is reported to its
// owner through `on…`, and the entries stay in the journal.

import { Away, isTemporary, Problem, sendAnswers } from "./api.js";

export const HEARTBEAT_MS = 30000;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 15000;
const SLOW_MS = 2000;
const SEAT_ENDED = "S-131";

/** How long to wait before the given try (1, 2, …): doubling from 1 s to 15 s, spread so that a room does not knock at once. */
export function retryDelay(failures, random = Math.random) {
  const full = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
  return full * (0.6 + 0.4 * random());
}

/** Whether the server said that this seat's epoch has ended. */
export const seatEnded = (failure) => failure instanceof Problem && failure.status === 409 && failure.code === SEAT_ENDED;

const notUnderstood = (failure) => failure instanceof Problem && [400, 413, 422].includes(failure.status);

/**
 * Send what waits in an attempt's journal once; with nothing waiting this is the heartbeat. `seats` holds the credential
 * of each epoch this browser had, the newest is used where one is missing. Gives the server's answer. Throws Away or
 * Problem, with `epoch` and with `settled` if the entries sent need not be sent again.
 */
export async function deliverOnce(journal, { attempt, seats, position = "", remaining = null, limit }) {
  const entries = journal.batch(attempt, limit);
  const newest = Math.max(...Object.keys(seats).map(Number));
  const epoch = entries.length && seats[entries[0].epoch] ? entries[0].epoch : newest;
  const items = entries.map((entry) => journal.item(entry, remaining));
  try {
    const answer = await sendAnswers(attempt, seats[epoch], items, position);
    const [kept, aside] = [answer.acknowledged, answer.aside].map((those) => entries.filter((entry) => (those || []).includes(entry.sequence)));
    const unfit = await settleRejected(journal, entries, answer);
    if (entries.length && !kept.length && !aside.length && !unfit) throw new Away("nothing of what was sent was confirmed");
    await journal.settle(aside, "aside");
    await journal.settle(kept, "acknowledged");
    await renumber(journal, entries.filter((entry) => (answer.conflict || []).includes(entry.sequence)));
    return answer;
  } catch (failure) {
    failure.epoch = epoch;
    if (seatEnded(failure)) await settled(journal, entries, "aside", failure);
    else if (await settleRejected(journal, entries, failure.body)) failure.settled = true;
    else if (entries.length === 1 && notUnderstood(failure)) await settled(journal, entries, "refused", failure);
    throw failure;
  }
}

// Answers that do not fit their question are named one by one, so that they do not hold up the others.
async function settleRejected(journal, entries, body) {
  const rejected = (body && body.rejected) || [];
  for (const { sequence, code } of rejected) await journal.settle(entries.filter((entry) => entry.sequence === sequence), "refused", code);
  return rejected.length;
}

// The server already had another answer under this number (it was restored, and numbers came again): under a new number
// the answer is taken, if it is still the newest of its question.
async function renumber(journal, entries) {
  for (const { attempt, epoch, question, value, doubtful, remaining, sequence } of entries) {
    if (journal.newest(attempt).get(question).sequence === sequence) await journal.append(journal.stamp({ attempt, epoch, question, value, doubtful, remaining }), sequence + 1);
  }
}

async function settled(journal, entries, state, failure) {
  await journal.settle(entries, state, failure.code);
  failure.settled = true;
}

/** Deliver what an ended seat of this attempt left here, so that the server can judge it before the answers are shown. */
export async function deliverOlder(journal, { attempt, seats, epoch }) {
  for (let before = Infinity; journal.waiting(attempt) < before; ) {
    const next = journal.batch(attempt);
    if (!next.length || next[0].epoch === epoch) return;
    before = journal.waiting(attempt);
    await deliverOnce(journal, { attempt, seats }).catch(() => {});
  }
}

/**
 * Deliver what earlier attempts left in this browser (a PC that lost power and came back for someone else). Gives how
 * many answers still wait. A seat the server no longer knows is left alone: its entries stay in the journal.
 */
export async function deliverLeftovers(journal, current = null) {
  let left = 0;
  for (const attempt of journal.undelivered().filter((other) => other !== current)) {
    const seats = await journal.kept(`seats:${attempt}`);
    let before = Infinity;
    while (seats && journal.waiting(attempt) && journal.waiting(attempt) < before) {
      before = journal.waiting(attempt);
      try {
        await deliverOnce(journal, { attempt, seats });
      } catch (failure) {
        if (!failure.settled && isTemporary(failure)) left += before;
      }
    }
  }
  return left;
}

export class Sender {
  #timer = null;
  #busy = false;
  #again = false;
  #failures = 0;
  #limit;
  #stopped = false;
  #wake = () => this.kick(0, true);

  /** `where()` gives {attempt, seats, epoch, position, remaining}; `on` holds status, answer, back, forget, ended, closed, login. */
  constructor(journal, where, on) {
    Object.assign(this, { journal, where, on });
    self.addEventListener("online", this.#wake);
    document.addEventListener("visibilitychange", this.#wake);
  }

  /** Send what waits, or else wait for the first heartbeat: a whole room starts at the same moment. */
  begin() {
    this.#plan(this.journal.waiting(this.where().attempt) ? 0 : HEARTBEAT_MS);
  }

  /** Whether the last try failed. */
  get away() {
    return this.#failures > 0;
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    self.removeEventListener("online", this.#wake);
    document.removeEventListener("visibilitychange", this.#wake);
  }

  /**
   * Something waits: send it now, or after `linger` milliseconds if more is likely to follow at once. While the server
   * is away the next try stays where it was planned, unless `eager` (the network has just come back).
   */
  kick(linger = 0, eager = false) {
    if (this.#stopped || (this.away && !eager && !this.#busy)) return;
    if (this.#busy) this.#again = true;
    else this.#plan(linger);
  }

  #plan(delay) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#send(), delay);
  }

  async #send() {
    if (this.#busy || this.#stopped) return;
    this.#busy = true;
    this.#again = false;
    const slow = setTimeout(() => this.on.status("slow"), SLOW_MS);
    let next = HEARTBEAT_MS;
    try {
      const answer = await deliverOnce(this.journal, { ...this.where(), limit: this.#limit });
      await this.#arrived(answer);
      if (this.#again || this.journal.waiting(this.where().attempt)) next = 0;
    } catch (failure) {
      next = this.#failed(failure);
    } finally {
      clearTimeout(slow);
      this.#busy = false;
    }
    if (next !== null) this.#plan(next);
    this.on.status(this.away ? "away" : "sent");
  }

  async #arrived(answer) {
    const wasAway = this.#failures > 1;
    this.#failures = 0;
    this.#limit = undefined;
    this.on.answer(answer);
    if (wasAway) await this.on.back();
  }

  // Gives the milliseconds until the next try, or null if there must be none.
  #failed(failure) {
    if (seatEnded(failure)) {
      const current = failure.epoch === this.where().epoch;
      if (current) this.on.ended(failure);
      return this.journal.waiting(this.where().attempt) ? 0 : current ? null : 0;
    }
    if (notUnderstood(failure)) {
      this.#limit = 1; // one bad entry must not hold up the others: find it alone
      return failure.settled || this.journal.waiting(this.where().attempt) ? 0 : HEARTBEAT_MS;
    }
    if (failure instanceof Problem && [401, 403, 404].includes(failure.status)) {
      if (failure.epoch !== this.where().epoch && this.on.forget(failure.epoch)) return 0;
      this.on.login(failure);
      return null;
    }
    if (failure instanceof Problem && failure.status === 409) {
      this.on.closed(failure);
      return null;
    }
    this.#failures += 1;
    if (!isTemporary(failure)) console.error(failure); // a fault of ours; still try again
    return Math.max(retryDelay(this.#failures), (failure.retry_after_s || 0) * 1000 * (1 + 0.2 * Math.random()));
  }
}
