// The exam room's entry: puts up the screens and leads from one to the next. The page works on plain http.
//
// Who is sitting here is kept in the browser's store under "session", so that a reload leads back to the same question:
// {ticket, number, participant, sitting} after login, {attempt, seat, epoch, seats} after admission, {done} at the end.

import { enter, loginAgain, showConfirm, showLogin } from "./admission.js";
import { isTemporary } from "./api.js";
import { Attempt } from "./attempt.js";
import { showDone, showMoved, showOtherTab, showSummary, showTimeUp, takeReceipt } from "./closing.js";
import { el, show } from "./elements.js";
import { testScreen, waitScreen } from "./entry_screens.js";
import { troubleScreen } from "./finish_screens.js";
import { Journal } from "./journal.js";
import { ExamScreen } from "./exam_screen.js";
import { deliverLeftovers, retryDelay, seatEnded } from "./sender.js";
import { openStore } from "./storage.js";
import { claimAttempt } from "./tabs.js";
import { CATALOGUES, duration, say, speak, spoken } from "./words.js";

const LEFTOVERS_MS = 60000;
const LAST_CALL_MS = 5000; // how often the server is asked once the time is up

/** A wait that the student left by *Kembali*. */
class Left extends Error {
  left = true;
}

const setting = {
  read(name) { try { return localStorage.getItem(`guyub.exam.${name}`); } catch { return null; } },
  write(name, value) { try { localStorage.setItem(`guyub.exam.${name}`, value); } catch { /* only a preference */ } },
  forget(name) { try { localStorage.removeItem(`guyub.exam.${name}`); } catch { /* none was kept */ } },
};

function keptDrafts() {
  try { return JSON.parse(setting.read("drafts") || "[]"); } catch { return []; }
}

export class Room {
  session = null;
  attempt = null;
  screen = null;
  left = 0; // answers of earlier attempts in this browser that still wait
  #draw = () => {};
  #release = () => {};

  constructor(root) {
    this.root = root;
  }

  async open() {
    speak(setting.read("language") || "id");
    this.journal = new Journal(await openStore());
    this.journal.onfallback = () => this.#fellBack();
    await this.journal.load();
    await this.#adoptDrafts();
    this.session = (await this.journal.kept("session")) || null;
    addEventListener("pagehide", () => this.#keepDrafts());
    addEventListener("pageshow", (event) => event.persisted && setting.forget("drafts")); // the page still stores them itself
    document.addEventListener("visibilitychange", () => this.screen?.view?.flush());
    this.deliverLeft();
    setInterval(() => this.deliverLeft(), LEFTOVERS_MS);
    if (this.session?.done) showDone(this);
    else if (this.session?.seat) await this.resume();
    else if (this.session?.ticket) showConfirm(this);
    else showLogin(this);
  }

  /** Put up a screen. `make` gives its nodes and is called again when the language changes. */
  put(make, { wide = false, timed = false } = {}) {
    this.screen?.leave();
    this.screen = null;
    this.#draw = () => {
      const main = el("main", { class: wide ? "page wide" : "page", id: "main" }, make());
      show(this.root, el("header", { class: "bar" }, el("p", { class: "bar-title" }, say("product")), this.languageSwitch(), timed && this.#timeBox()), main);
      (main.querySelector("input:not([type=checkbox])") || main.querySelector("h1"))?.focus({ preventScroll: true });
      window.scrollTo(0, 0);
      document.title = `${main.querySelector("h1").textContent} – ${say("product")}`;
    };
    this.#draw();
  }

  #timeBox() {
    this.face = el("span", { class: "time-figure", role: "timer" }, duration(this.attempt.clock.remaining));
    return el("div", { class: "time" }, el("span", { class: "time-label" }, say("time_left")), this.face);
  }

  languageSwitch() {
    const other = Object.keys(CATALOGUES).find((name) => name !== spoken());
    const turn = () => {
      const typed = [...this.root.querySelectorAll("input.field")].map((field) => [field.id, field.value]);
      setting.write("language", other);
      speak(other);
      this.#draw();
      for (const [id, value] of this.screen ? [] : typed) document.getElementById(id).value = value;
    };
    return el("button", { type: "button", class: "quiet language", lang: other, onclick: turn }, CATALOGUES[other].language_name);
  }

  async remember(changes) {
    this.session = { ...this.session, ...changes };
    await this.journal.keep("session", this.session);
  }

  async forget() {
    this.#release();
    this.attempt?.sender?.stop();
    this.attempt = null;
    this.session = null;
    await this.journal.forget("session");
  }

  /**
   * Do `action` until it gives something other than "not now", with a screen that says what is going on. Throws what
   * waiting cannot cure, and Left if the student goes back (offered with `back`).
   */
  async insist(action, { back = false, working = false, screen = null } = {}) {
    for (let tries = 1; ; tries += 1) {
      try {
        return await action();
      } catch (failure) {
        if (!isTemporary(failure)) throw failure;
        const asked = (failure.retry_after_s || 0) * 1000 * (1 + 0.1 * Math.random()); // later, and the place in the queue is lost
        const wait = asked || retryDelay(Math.min(tries, 4));
        if (screen) await screen(failure, wait);
        else await this.#waiting(failure.body?.place, wait, { back, working });
      }
    }
  }

  #waiting(place, wait, { back, working }) {
    return new Promise((go, leave) => {
      const end = performance.now() + wait;
      let shown = null;
      const count = () => shown.count(Math.ceil((end - performance.now()) / 1000));
      const finish = (then) => { clearInterval(timer); removeEventListener("online", now); then(); };
      const now = () => finish(go);
      this.put(() => {
        shown = waitScreen({ place, working, onBack: back ? () => finish(() => leave(new Left())) : null });
        count();
        return shown.nodes;
      });
      const timer = setInterval(() => { count(); if (performance.now() >= end) finish(go); }, 250);
      addEventListener("online", now, { once: true });
    });
  }

  /** Come in with the seat that is kept: a first time, after a reload, or after a move. */
  async resume() {
    this.#release();
    this.attempt?.sender?.stop();
    this.timeUp = false;
    this.attempt = new Attempt(this.journal, this.session, (what) => this.#changed(what));
    try {
      await this.insist(() => this.attempt.open(), { working: true });
      if (this.attempt.state === "finished") await takeReceipt(this, { closed: true });
      else if (this.attempt.state === "working") await this.work();
      else this.#confirmTest();
    } catch (failure) {
      this.trouble(failure, () => this.resume());
    }
  }

  #confirmTest(failure = null) {
    const { participant, sitting } = this.session;
    const count = Array.isArray(this.attempt.count) ? this.attempt.count.length : this.attempt.count;
    this.put(() => testScreen({ participant, sitting, count, failure, onStart: () => this.work().catch((refused) => this.trouble(refused, () => this.resume())) }));
  }

  /** Start, or go on, with the questions. */
  async work() {
    const { attempt } = this;
    await this.insist(() => attempt.start(), { working: attempt.state === "working" });
    await this.remember({ epoch: this.session.epoch, seats: this.session.seats, participant: this.session.participant, sitting: this.session.sitting });
    this.heard = (await this.journal.kept(`plays:${attempt.id}`)) || {};
    this.showExam();
    this.#release = claimAttempt(attempt.id, { onTaken: () => this.#yield(), onOther: () => this.#takenOver() });
    this.#warmPictures();
  }

  showExam(question = null) {
    if (question) this.attempt.go(question);
    this.#draw = () => {
      this.screen?.leave();
      this.screen = new ExamScreen(this.root, this.attempt, {
        on: { finish: () => showSummary(this) },
        plays: { get: (source) => this.heard[source], set: (source, state) => { this.heard[source] = state; this.journal.keep(`plays:${this.attempt.id}`, this.heard); } },
        size: Number(setting.read("size")) || 1,
        keepSize: (size) => setting.write("size", size),
        languageSwitch: () => this.languageSwitch(),
      });
      if (this.journal.kind === "memory") this.screen.tell(say("storage_off"));
      document.title = `${this.session.sitting.title} – ${say("product")}`;
    };
    this.#draw();
    this.onProgress = null;
    clearInterval(this.watch);
    this.watch = setInterval(() => this.#watchTime(), 500);
  }

  #watchTime() {
    const { attempt } = this;
    if (!attempt || attempt.ended) return;
    if (this.face?.isConnected) this.face.textContent = duration(attempt.clock.remaining);
    if (attempt.clock.over && !this.timeUp) {
      this.timeUp = true;
      this.asked = performance.now();
      this.screen?.leave();
      showTimeUp(this);
      attempt.sender.kick(0, true);
    } else if (attempt.clock.over && performance.now() - this.asked > LAST_CALL_MS) {
      this.asked = performance.now();
      attempt.sender.kick();
    } else if (!attempt.clock.over && this.timeUp) {
      this.timeUp = false; // the proctor gave time back
      this.showExam();
    }
  }

  #changed(what) {
    if (what === "ended") this.#ended();
    else if (this.screen) this.screen.update();
    this.onProgress?.();
  }

  #ended() {
    const why = this.attempt.ended;
    if (why === "moved") showMoved(this);
    else if (why === "closed") takeReceipt(this, { closed: true }).catch((failure) => this.trouble(failure, () => this.resume()));
    else if (why === "login") loginAgain(this);
    else if (why === "again") this.resume();
  }

  /** Something that waiting does not cure: each kind leads to the screen that says how to go on. */
  trouble(failure, retry) {
    if (failure.left) return showLogin(this);
    if (seatEnded(failure)) return showMoved(this, failure);
    if (failure.status === 401) return loginAgain(this);
    if (!failure.status) console.error(failure);
    return this.put(() => troubleScreen({ failure: failure.status ? failure : null, onRetry: retry, onLogin: () => loginAgain(this) }));
  }

  async #yield() {
    this.screen?.view?.leave();
    await this.journal.load();
    this.attempt.sender.stop();
    clearInterval(this.watch);
    showOtherTab(this);
  }

  async #takenOver() {
    await this.journal.load();
    this.attempt.merge([]);
    this.attempt.sender.kick();
    if (!this.screen) return;
    this.screen.render();
    this.screen.tell(say("tab_taken"));
  }

  // The database may not take any more what was typed or chosen in the last moment before the page goes away, but
  // localStorage does, since it answers at once.
  #keepDrafts() {
    this.screen?.view?.leave();
    const drafts = this.attempt?.unstored() || [];
    if (drafts.length) setting.write("drafts", JSON.stringify([...keptDrafts(), ...drafts]));
  }

  async #adoptDrafts() {
    await this.journal.adopt(keptDrafts());
    setting.forget("drafts");
  }

  // A question that is opened while the server is away still has its pictures: they are fetched beforehand, one by one.
  async #warmPictures() {
    for (const [name, { type }] of Object.entries(this.attempt.paper.media || {})) {
      if (type.startsWith("image/")) await new Promise((next) => { Object.assign(new Image(), { onload: next, onerror: next, src: `/media/${name}` }); });
    }
  }

  /** Deliver what waits here of attempts that no sender is at work for. */
  async deliverLeft() {
    if (this.delivering) return;
    this.delivering = true;
    this.left = await deliverLeftovers(this.journal, this.attempt?.sender ? this.attempt.id : null);
    this.delivering = false;
    this.onProgress?.();
  }

  async #fellBack() {
    if (this.session) await this.journal.keep("session", this.session);
    this.screen?.tell(say("storage_off"));
  }

  /** Claim a seat with the entry token; see admission.js. */
  enter(token) {
    return enter(this, token);
  }
}

new Room(document.getElementById("room")).open();
