// One student's run in this browser: the answers on screen, their way into the journal, the clock, and the delivery.
//
// The screens ask and tell this; it knows nothing of the page. What the server says wins for time and state; for
// answers the newest wins, wherever it was written.

import { finishAttempt, isTemporary, readAttempt, readPaper, startAttempt } from "./api.js";
import { ExamClock } from "./clock.js";
import { deliverOlder, seatEnded, Sender } from "./sender.js";
import { optionOrder, questionOrder } from "./shuffling.js";

const SNAPSHOT_MS = 20000;
const PLAUSIBLE_GAP_MS = 12 * 3600000;
const NOT_BEGUN = "S-133"; // a server restored from before this attempt's start
const LINGER_MS = 1200; // several clicks on one question travel together
const MANY_PARTS = new Set(["multiple", "category", "matching"]);

export class Attempt {
  clock = new ExamClock();
  answers = new Map(); // question → {value, doubtful, sequence}
  state = "admitted";
  position = "";
  ended = null; // why input stopped: "moved", "closed", "login", "again", "finished"
  status = "sent";
  #floor = 1;
  #snapshot = 0;
  #pending = new Set(); // changes the browser's store has not confirmed yet

  /** `session` is {attempt, seat, seats, epoch, …} as `room.js` keeps it; `changed(what)` is called when something did. */
  constructor(journal, session, changed) {
    Object.assign(this, { journal, session, changed, id: session.attempt });
  }

  /** Read the attempt from the server, or, if it is away, from what this browser kept of it. */
  async open() {
    try {
      this.#take(await readAttempt(this.id, this.session.seat));
    } catch (failure) {
      const kept = isTemporary(failure) && (await this.journal.kept(`state:${this.id}`));
      if (!kept || !(await this.journal.kept(`paper:${kept.paper}`))) throw failure;
      const gap = Date.now() - kept.at;
      const remaining = gap >= 0 && gap < PLAUSIBLE_GAP_MS ? Math.max(0, kept.remaining_ms - gap) : kept.remaining_ms;
      this.#take({ ...kept, remaining_ms: remaining, minimum_ms: Math.max(0, kept.minimum_ms - (kept.remaining_ms - remaining)) });
    }
  }

  /** Start the clock (a repeat changes nothing) and load the paper. */
  async start() {
    if (this.state !== "working" || !this.paperPath) this.#take(await startAttempt(this.id, this.session.seat));
    await this.#loadPaper();
    await this.#reconcile();
    const remembered = await this.journal.kept(`position:${this.id}`);
    this.position = [remembered, this.serverPosition, this.order[0]].find((place) => this.questions.has(place));
    this.sender = new Sender(this.journal, () => this.#where(), this.#reports());
    this.sender.begin();
  }

  // Another seat's answers first: only the server can tell whether they count beside those written elsewhere since.
  async #reconcile() {
    await this.journal.load();
    const older = this.journal.of(this.id).some((entry) => entry.state === "waiting" && entry.epoch !== this.session.epoch);
    if (older) {
      await deliverOlder(this.journal, this.#where());
      this.#take(await readAttempt(this.id, this.session.seat).catch(() => ({ ...this.kept, answers: this.serverAnswers })));
    }
    await this.#reopenLost({ answers: this.serverAnswers, next_sequence: this.serverNext });
    this.merge(this.serverAnswers);
  }

  async #reopenLost({ answers, next_sequence }) {
    if (next_sequence === undefined) return; // nothing heard from the server yet
    const known = new Map(answers.map((answer) => [answer.question, answer.sequence]));
    await this.journal.reopen(this.id, known, next_sequence);
  }

  async #loadPaper() {
    const key = `paper:${this.paperPath}`;
    let paper = await this.journal.kept(key);
    if (!paper) {
      paper = await readPaper(this.paperPath);
      await this.journal.keep(key, paper);
    }
    this.paper = paper;
    this.questions = new Map(paper.questions.map((question) => [question.id, question]));
    this.order = questionOrder(paper, this.seed);
  }

  #take(state) {
    this.state = state.state;
    this.paperPath = state.paper;
    this.seed = state.seed;
    this.count = state.questions;
    this.session.epoch = state.epoch;
    this.session.seats = { ...this.session.seats, [state.epoch]: this.session.seat };
    this.session.participant = state.participant || this.session.participant;
    this.session.sitting = state.sitting || this.session.sitting;
    this.serverAnswers = state.answers || [];
    this.serverPosition = state.position;
    this.serverNext = state.at ? undefined : state.next_sequence;
    this.#floor = Math.max(this.#floor, state.next_sequence || 1);
    if (state.state === "working") this.clock.set(state.remaining_ms, state.minimum_ms);
    this.journal.keep(`seats:${this.id}`, this.session.seats);
    this.#remember(state);
  }

  #remember(state) {
    const { attempt, epoch, paper, seed, questions, minimum_ms, remaining_ms, next_sequence, participant, sitting } = state;
    this.kept = { attempt, epoch, state: state.state, paper, seed, questions, minimum_ms, remaining_ms, next_sequence, participant, sitting, answers: [], at: Date.now() };
    this.#snapshot = performance.now();
    return this.journal.keep(`state:${this.id}`, this.kept);
  }

  /** Lay the server's answers and the journal's over each other: the higher sequence wins. */
  merge(fromServer) {
    for (const { question, sequence, value, doubtful } of fromServer) {
      const here = this.answers.get(question);
      if (!here || sequence > here.sequence) this.answers.set(question, { value, doubtful: Boolean(doubtful), sequence });
    }
    for (const [question, entry] of this.journal.newest(this.id)) {
      this.#floor = Math.max(this.#floor, entry.sequence + 1);
      const here = this.answers.get(question);
      const counts = entry.state === "waiting" || (entry.epoch === this.session.epoch && entry.state === "acknowledged");
      if (counts && (!here || entry.sequence > here.sequence)) this.answers.set(question, { value: entry.value, doubtful: entry.doubtful, sequence: entry.sequence });
    }
  }

  get locked() {
    return Boolean(this.ended) || this.clock.over;
  }

  answer(question) {
    return this.answers.get(question) || { value: null, doubtful: false, sequence: 0 };
  }

  choices(question) {
    return optionOrder(question, this.seed);
  }

  isAnswered(question) {
    const { value } = this.answer(question);
    if (value === null || value === undefined) return false;
    if (typeof value === "string") return value.trim() !== "";
    return Array.isArray(value) ? value.length > 0 : Object.values(value).some((part) => part && part.length);
  }

  counts() {
    const answered = this.order.filter((question) => this.isAnswered(question)).length;
    return { count: this.order.length, answered, doubtful: this.order.filter((question) => this.answer(question).doubtful).length };
  }

  /** What is not confirmed by the server; `stored` counts only what this computer has on its disk. */
  get waiting() {
    return this.stored + this.#pending.size;
  }

  get stored() {
    return this.journal.waiting(this.id);
  }

  /** Changes that would be lost if the page went away this very moment, for `journal.adopt`. */
  unstored() {
    return [...this.#pending];
  }

  /** The student changed something: on screen at once, in the journal next, then on its way. */
  async write(question, change) {
    if (this.locked) return;
    const now = { ...this.answer(question), ...change, sequence: Number.MAX_SAFE_INTEGER };
    this.answers.set(question, now);
    const { value, doubtful } = now;
    const stamped = this.journal.stamp({ attempt: this.id, epoch: this.session.epoch, question, value, doubtful, remaining: this.clock.remaining });
    const draft = { ...stamped, floor: this.#floor };
    this.#pending.add(draft);
    const stored = this.journal.append(stamped, this.#floor);
    this.changed("answer");
    try {
      const entry = await stored;
      this.#floor = Math.max(this.#floor, entry.sequence + 1);
      if (this.answers.get(question) === now) now.sequence = entry.sequence;
    } finally {
      this.#pending.delete(draft);
    }
    const parts = this.questions.get(question) && MANY_PARTS.has(this.questions.get(question).type) && "value" in change;
    this.sender.kick(parts ? LINGER_MS : 0);
    this.changed("status");
  }

  /** Open another question. What lingers goes now. */
  go(question) {
    this.position = question;
    this.journal.keep(`position:${this.id}`, question);
    if (this.journal.waiting(this.id)) this.sender.kick();
    this.changed("position");
  }

  #where() {
    return { attempt: this.id, seats: this.session.seats, epoch: this.session.epoch, position: this.position, remaining: this.clock.known ? this.clock.remaining : null };
  }

  #reports() {
    return {
      status: (status) => { this.status = status; this.changed("status"); },
      answer: (answer) => this.#heard(answer),
      back: () => this.repair().catch((failure) => seatEnded(failure) && this.#end("moved")),
      forget: (epoch) => delete this.session.seats[epoch],
      ended: () => this.#end("moved"),
      closed: (failure) => this.#end(failure.code === NOT_BEGUN ? "again" : "closed"),
      login: () => this.#end("login"),
    };
  }

  #heard(answer) {
    this.clock.set(answer.remaining_ms, answer.minimum_ms);
    if (performance.now() - this.#snapshot > SNAPSHOT_MS) this.#remember({ ...this.kept, remaining_ms: answer.remaining_ms, minimum_ms: answer.minimum_ms, next_sequence: this.#floor });
    if (answer.state === "finished" && !this.ended) this.#end("closed");
  }

  #end(why) {
    if (this.ended === "finished" || this.ended === why) return;
    this.ended = why;
    this.changed("ended");
  }

  /** After an outage, and before the end: whatever the server no longer has is queued again. Throws Away or Problem. */
  async repair() {
    const state = await readAttempt(this.id, this.session.seat);
    if (state.epoch !== this.session.epoch) return;
    await this.journal.load();
    await this.#reopenLost(state);
    this.merge(state.answers);
    this.#floor = Math.max(this.#floor, state.next_sequence || 1);
    this.changed("answer");
  }

  /** Close the attempt at the server. Only to be called with an empty queue. Gives {receipt, answered}. */
  async finish() {
    const { receipt, answered } = await finishAttempt(this.id, this.session.seat);
    this.ended = "finished";
    this.sender?.stop();
    return { receipt, answered, count: this.order?.length ?? this.count };
  }
}
