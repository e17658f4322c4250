// The screen a student works on: bar with the time, one question, three large buttons, the list of questions.
//
// It shows what `Attempt` holds and passes on what the student does. Nothing on it moves by itself except the time.

import { el, announce, ask, show } from "./elements.js";
import { QuestionList } from "./question_list.js";
import { answerMark, renderQuestion } from "./question_view.js";
import { duration, durationInWords, say } from "./words.js";

const WARNINGS = [[1, "warn_1"], [5, "warn_5"], [10, "warn_10"]]; // minutes
const SIZES = [1, 2, 3];

export class ExamScreen {
  #question = null;
  #finishShown = null;
  #said = "";

  /** `on` holds finish() and language(); `plays` remembers recordings; `size` and `keepSize` the size of the letters. */
  constructor(root, attempt, { on, plays, size, keepSize, languageSwitch }) {
    Object.assign(this, { root, attempt, on, plays, size, keepSize, languageSwitch });
    const { sitting, participant } = attempt.session;
    const about = [el("p", {}, `${sitting.title}. ${participant.name} · ${participant.number}`), languageSwitch()];
    this.list = new QuestionList({ marks: () => this.#marks(), counts: () => attempt.counts(), go: (question) => this.#go(question), finishButton: () => this.#finishButton(), about });
    this.#build();
    this.#keys = (event) => this.#key(event);
    document.addEventListener("keydown", this.#keys);
    this.ticker = setInterval(() => this.tick(), 250);
    this.render();
    this.tick();
    this.number.focus({ preventScroll: true });
  }
  #keys;

  #build() {
    const { sitting, participant } = this.attempt.session;
    this.time = el("span", { class: "time-figure", role: "timer" });
    this.warning = el("span", { class: "time-label" }, say("time_left"));
    this.timeBox = el("div", { class: "time" }, this.warning, this.time);
    this.number = el("h1", { class: "question-number", tabindex: "-1" });
    this.sizes = SIZES.map((size) => el("button", { type: "button", class: `size size-${size}`, "aria-label": say(`size_${size}`), "aria-pressed": String(size === this.size), onclick: () => this.#resize(size) }, "A"));
    this.listButton = el("button", { type: "button", class: "button list-button", "aria-expanded": "false", onclick: () => this.#toggleList() }, say("list"));
    this.place = el("div", { class: "place" });
    this.notice = el("p", { class: "notice", role: "status", hidden: true });
    this.saving = el("p", { class: "saving" });
    this.later = el("p", { class: "finish-later", id: "finish-later" });
    this.previous = el("button", { type: "button", class: "button previous", "aria-label": say("previous"), onclick: () => this.#step(-1) }, el("span", { class: "arrow" }, "‹"), el("span", { class: "long" }, say("previous")));
    this.doubt = el("input", { type: "checkbox", id: "doubt", onchange: () => this.#markDoubt() });
    this.next = el("button", { type: "button", class: "button primary next", "aria-label": say("next"), onclick: () => this.#step(1) }, el("span", { class: "long" }, say("next")), el("span", { class: "short" }, say("next_short")), el("span", { class: "arrow" }, "›"));
    this.finishHere = this.#finishButton();
    const bar = el("header", { class: "bar exam-bar" },
      el("div", { class: "bar-who" }, el("p", { class: "bar-title" }, sitting.title), el("p", {}, participant.name, el("span", { class: "bar-number" }, ` · ${participant.number}`))),
      this.timeBox);
    const tools = el("div", { class: "tools" }, this.number,
      el("div", { class: "sizes", role: "group", "aria-label": say("text_size") }, this.sizes), this.languageSwitch(), this.listButton);
    const foot = el("footer", { class: "foot" },
      el("div", { class: "foot-buttons" }, this.previous, el("label", { class: "button doubt", for: "doubt" }, this.doubt, el("span", { class: "doubt-box" }), say("doubtful")), this.next, this.finishHere),
      el("div", { class: "foot-lines" }, this.saving, this.later));
    show(this.root, bar, el("div", { class: "workspace" }, el("main", { class: "work", id: "main" }, tools, this.notice, this.place), this.list.box), foot);
  }

  #finishButton() {
    return el("button", { type: "button", class: "button primary finish", "aria-describedby": "finish-later", onclick: () => this.#finish() }, say("finish"));
  }

  get index() {
    return this.attempt.order.indexOf(this.attempt.position);
  }

  /** Draw the question the attempt stands at. */
  render() {
    const { attempt } = this;
    this.view?.leave();
    this.#question = attempt.questions.get(attempt.position);
    this.view = renderQuestion(this.place, this.#question, {
      value: attempt.answer(this.#question.id).value,
      order: attempt.choices(this.#question),
      stimulus: this.#question.stimulus ? attempt.paper.stimuli[this.#question.stimulus] : "",
      readOnly: attempt.locked,
      plays: this.plays,
      onChange: this.#writer(this.#question.id),
    });
    this.place.className = `place letters-${this.size}`;
    show(this.number, el("span", { class: "number-word" }, `${say("question_no")} `), el("strong", {}, String(this.index + 1)), el("span", { class: "number-of" }, ` ${say("question_of", { count: attempt.order.length })}`));
    this.previous.disabled = this.index === 0;
    const last = this.index === attempt.order.length - 1;
    this.next.hidden = last;
    this.finishHere.hidden = !last;
    this.later.classList.toggle("beside-finish", last);
    this.update();
    window.scrollTo(0, 0);
  }

  // Bound to the question it was made for: text typed there may be passed on after the next one is shown.
  #writer(question) {
    return (value) => this.attempt.write(question, { value });
  }

  /** Bring everything around the question up to date. */
  update() {
    const answer = this.attempt.answer(this.#question.id);
    this.doubt.checked = answer.doubtful;
    this.#showSaving();
    this.list.update();
  }

  /** Show a quiet sentence above the question. */
  tell(sentence) {
    this.notice.textContent = sentence;
    this.notice.hidden = false;
  }

  tick() {
    const { clock } = this.attempt;
    const left = clock.remaining;
    const face = duration(left);
    if (this.time.textContent !== face) this.time.textContent = face;
    const warned = WARNINGS.find(([minutes]) => left <= minutes * 60000);
    const words = warned ? say(warned[1]) : say("time_left");
    if (this.warning.textContent !== words) {
      this.warning.textContent = words;
      this.timeBox.className = warned ? "time short" : "time";
      if (warned && this.#said !== words) announce(`${words}.`);
      this.#said = words;
    }
    this.#showFinish(clock.minimum);
    if (clock.over) this.view.setReadOnly(true);
  }

  #showFinish(minimum) {
    const allowed = minimum <= 0;
    const sentence = allowed ? "" : say("finish_later", { time: durationInWords(minimum > 60000 ? Math.ceil(minimum / 60000) * 60000 : minimum) });
    if (this.#finishShown === sentence) return;
    this.#finishShown = sentence;
    for (const button of this.root.querySelectorAll(".finish")) button.disabled = !allowed;
    this.later.textContent = sentence;
    this.list.finishLater(sentence);
  }

  #showSaving() {
    const { attempt } = this;
    const lost = attempt.journal.refused(attempt.id);
    const refused = lost.length;
    const waiting = attempt.stored;
    let words = say("saved");
    if (refused) words = say("saved_refused", { count: refused, code: lost[0].code });
    else if (attempt.status === "away") words = waiting ? say("saved_away", { count: waiting }) : say("saved_away_none");
    else if (waiting && attempt.status === "slow") words = say("saving");
    this.saving.classList.toggle("waits", words !== say("saved"));
    if (this.saving.textContent === words) return;
    const kind = refused ? "refused" : attempt.status === "away" ? "away" : "sent";
    this.saving.textContent = words;
    if (this.savingKind !== undefined && this.savingKind !== kind) announce(words);
    this.savingKind = kind;
  }

  #marks() {
    const { attempt } = this;
    return attempt.order.map((id, index) => {
      const question = attempt.questions.get(id);
      const { value, doubtful } = attempt.answer(id);
      const answered = attempt.isAnswered(id);
      return { id, number: index + 1, answered, doubtful, current: id === attempt.position, mark: answered ? answerMark(question, value, attempt.choices(question)) : "" };
    });
  }

  #markDoubt() {
    if (this.attempt.locked) this.doubt.checked = !this.doubt.checked;
    else this.attempt.write(this.#question.id, { doubtful: this.doubt.checked });
  }

  #resize(size) {
    this.size = size;
    this.keepSize(size);
    this.place.className = `place letters-${size}`;
    this.sizes.forEach((button, index) => button.setAttribute("aria-pressed", String(SIZES[index] === size)));
  }

  #step(step) {
    const question = this.attempt.order[this.index + step];
    if (question) this.#go(question);
  }

  async #mayLeave() {
    if (this.view.playing() <= 0) return true;
    await ask({ title: say("playing_title"), body: [el("p", {}, say("playing_text"))], buttons: [{ label: say("playing_stay"), value: true, kind: "primary" }] });
    return false;
  }

  async #go(question) {
    if (question !== this.attempt.position) {
      if (!(await this.#mayLeave())) return;
      this.view.flush();
      this.attempt.go(question);
      this.render();
    }
    if (this.list.isFullScreen) this.#closeList();
    this.number.focus({ preventScroll: true });
  }

  async #finish() {
    if (this.attempt.clock.minimum > 0 || !(await this.#mayLeave())) return;
    this.view.flush();
    this.#closeList();
    this.on.finish();
  }

  #toggleList() {
    if (this.list.box.open) this.#closeList();
    else this.list.open(() => this.listButton.setAttribute("aria-expanded", "false"));
    this.listButton.setAttribute("aria-expanded", String(this.list.box.open));
    this.root.classList.toggle("list-open", this.list.box.open);
  }

  #closeList() {
    this.list.close();
    this.root.classList.remove("list-open");
    this.listButton.setAttribute("aria-expanded", "false");
  }

  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (document.querySelector("dialog.dialog") || this.list.isFullScreen) return;
    if (event.target.matches("input[type=text], textarea, audio, .scroller, .stimulus")) return;
    const beside = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (this.view.key(event)) event.preventDefault();
    else if (beside && !this.list.box.contains(event.target)) {
      event.preventDefault();
      this.#step(beside);
    }
  }

  /** Stop, storing what is being typed. */
  leave() {
    this.view?.leave();
    clearInterval(this.ticker);
    document.removeEventListener("keydown", this.#keys);
    this.root.classList.remove("list-open");
  }
}
