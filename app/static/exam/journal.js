// Every change a student makes, numbered and stored before anything is sent, and kept until the final receipt.
//
// An entry: {attempt, epoch, sequence, question, value, doubtful, state, wall, tick, page, remaining}. `state` is
// "waiting", "acknowledged" (the server has committed it, or a newer one of its question), "aside" (the server keeps
// it from a seat that ended) or "refused" (the server can never take it; shown to the student, still kept).
// The journal never drops an entry and never rewrites a value.

import { MemoryStore } from "./storage.js";

const PLAUSIBLE_AGE_MS = 12 * 3600000;
const BATCH_ITEMS = 20;
const BATCH_CHARACTERS = 60000;

export class Journal {
  #entries = new Map(); // "attempt/sequence" → entry, as stored
  #store;
  #page = `${Date.now()}-${Math.random()}`; // monotonic ticks mean something only within one page load
  #writes = Promise.resolve();

  constructor(store, { wall = () => Date.now(), tick = () => performance.now() } = {}) {
    this.#store = store;
    this.wall = wall;
    this.tick = tick;
  }

  get kind() {
    return this.#store.kind;
  }

  /** Read again what is stored, by this tab or another. */
  async load() {
    await this.#writes;
    const stored = await this.#guarded((store) => store.entries());
    for (const entry of stored) this.#entries.set(`${entry.attempt}/${entry.sequence}`, entry);
  }

  kept(name) { return this.#guarded((store) => store.kept(name)); }
  keep(name, value) { return this.#guarded((store) => store.keep(name, value)); }
  forget(name) { return this.#guarded((store) => store.forget(name)); }

  /** A change with the moment it was made, to be appended; {attempt, epoch, question, value, doubtful, remaining} before. */
  stamp(change) {
    return { ...change, state: "waiting", wall: this.wall(), tick: this.tick(), page: this.#page };
  }

  /** Store a stamped change, in the order of the calls; gives the numbered entry. `floor` is the lowest free number the server named. */
  append(entry, floor) {
    const stored = this.#writes.then(() => this.#guarded((store) => store.append(entry, floor)));
    this.#writes = stored.catch(() => {});
    return stored.then((numbered) => {
      this.#entries.set(`${numbered.attempt}/${numbered.sequence}`, numbered);
      return numbered;
    });
  }

  /**
   * Take over what an earlier page was still storing when it went away: stamped changes, each with its `floor`. They stay
   * what they were then, with the epoch of the seat they were made at, so that the server can judge them.
   */
  async adopt(drafts) {
    const stored = (draft) => this.of(draft.attempt).some((entry) => ["page", "tick", "question", "doubtful"].every((name) => entry[name] === draft[name]) && JSON.stringify(entry.value) === JSON.stringify(draft.value));
    for (const { floor, ...draft } of drafts) if (!stored(draft)) await this.append(draft, floor);
  }

  /** All entries of an attempt, oldest first: numbers only ever rise in one browser, also across seats. */
  of(attempt) {
    return [...this.#entries.values()].filter((entry) => entry.attempt === attempt).sort((a, b) => a.sequence - b.sequence);
  }

  /** The newest entry of each question of an attempt. */
  newest(attempt) {
    return new Map(this.of(attempt).map((entry) => [entry.question, entry]));
  }

  /** How many questions have an answer that the server has not confirmed. */
  waiting(attempt) {
    return new Set(this.of(attempt).filter((entry) => entry.state === "waiting").map((entry) => entry.question)).size;
  }

  /** Attempts that still have something to deliver. */
  undelivered() {
    return [...new Set([...this.#entries.values()].filter((entry) => entry.state === "waiting").map((entry) => entry.attempt))];
  }

  refused(attempt) {
    return this.of(attempt).filter((entry) => entry.state === "refused");
  }

  /** The next entries to send, of one epoch, oldest first: of each question only the newest of those that wait. */
  batch(attempt, limit = BATCH_ITEMS) {
    const waiting = this.of(attempt).filter((entry) => entry.state === "waiting");
    const epoch = waiting.length ? waiting[0].epoch : null;
    const newest = new Map(waiting.filter((entry) => entry.epoch === epoch).map((entry) => [entry.question, entry]));
    const chosen = [];
    let characters = 0;
    for (const entry of [...newest.values()].sort((a, b) => a.sequence - b.sequence)) {
      characters += typeof entry.value === "string" ? entry.value.length : 100;
      if (chosen.length && (chosen.length >= limit || characters > BATCH_CHARACTERS)) break;
      chosen.push(entry);
    }
    return chosen;
  }

  /** An entry as the server wants it. `remaining` is the exam time left now, or null if it is not known. */
  item(entry, remaining) {
    const { sequence, question, value, doubtful } = entry;
    return { sequence, question, value, doubtful, age_ms: Math.round(this.#age(entry, remaining)) };
  }

  // Within one page load the monotonic clock is right. After a reload the exam time that passed and the wall clock are
  // the witnesses: the larger plausible one, because an outage must not make an answer look late.
  #age(entry, remaining) {
    if (entry.page === this.#page) return Math.max(0, this.tick() - entry.tick);
    const byWall = this.wall() - entry.wall;
    const byExam = remaining === null || entry.remaining === null ? 0 : entry.remaining - remaining;
    return Math.max(0, byExam, byWall <= PLAUSIBLE_AGE_MS ? byWall : 0);
  }

  /**
   * Note what became of sent entries. An older change of the same question and epoch is settled with the newer one;
   * not so if the newer one was refused, for then the older one is the last that counts and still has to go.
   */
  async settle(entries, state, code = undefined) {
    const changed = new Map();
    for (const sent of entries) {
      for (const entry of this.of(sent.attempt)) {
        const older = state !== "refused" && entry.epoch === sent.epoch && entry.question === sent.question && entry.sequence < sent.sequence;
        if (entry.state === "waiting" && (older || entry.sequence === sent.sequence)) changed.set(entry.sequence, code ? { ...entry, state, code } : { ...entry, state });
      }
    }
    await this.#replace([...changed.values()]);
  }

  /** Queue again what the server no longer knows (it was restored from an older copy). `known`: question → sequence. */
  async reopen(attempt, known, nextSequence) {
    const lost = [...this.newest(attempt).values()].filter((entry) => {
      if (entry.state === "acknowledged") return entry.sequence > (known.get(entry.question) ?? -1);
      return entry.state === "aside" && entry.sequence >= nextSequence;
    });
    await this.#replace(lost.map((entry) => ({ ...entry, state: "waiting" })));
    return lost.length;
  }

  /** Let go of an attempt's journal: only after its final receipt. */
  async remove(attempt) {
    await this.#guarded((store) => store.remove(attempt));
    for (const entry of this.of(attempt)) this.#entries.delete(`${attempt}/${entry.sequence}`);
  }

  async #replace(entries) {
    for (const entry of entries) this.#entries.set(`${entry.attempt}/${entry.sequence}`, entry);
    if (entries.length) await this.#guarded((store) => store.write(entries));
  }

  // A database that fails in the middle of an exam (disk full, profile gone) must not stop it: go on in memory.
  async #guarded(work) {
    try {
      return await work(this.#store);
    } catch (failure) {
      if (this.#store.kind === "memory") throw failure;
      let local = null;
      try { local = self.localStorage; } catch { /* none */ }
      this.#store = new MemoryStore(local);
      await this.#store.write([...this.#entries.values()]);
      this.onfallback?.();
      return work(this.#store);
    }
  }
}
