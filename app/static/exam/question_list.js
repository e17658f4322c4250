// Daftar soal: every question as a square that says by letter, word and shape, not by colour alone, how it stands.
//
// Beside the question on wide screens, over the whole screen on narrow ones (then as a modal dialog).

import { el, show } from "./elements.js";
import { say } from "./words.js";

const NARROW = "(max-width: 60em)";

export class QuestionList {
  /** `marks()` gives {id, number, answered, doubtful, current, mark} in order; `go(id)` opens one; `counts()` the totals. `about` is shown where the bar has no room for it. */
  constructor({ marks, counts, go, finishButton, about }) {
    Object.assign(this, { marks, counts, go });
    this.grid = el("div", { class: "squares" });
    this.total = el("p", { class: "count-line" });
    this.later = el("p", { class: "finish-later" });
    const shut = el("button", { type: "button", class: "button", onclick: () => this.box.close() }, say("close"));
    this.box = el("dialog", { class: "list", "aria-labelledby": "list-title" },
      el("div", { class: "list-head" }, el("h2", { id: "list-title" }, say("list")), shut),
      this.total, this.grid, legend(), el("div", { class: "list-foot" }, finishButton(), this.later), el("div", { class: "list-about" }, about));
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.box.close();
      if (event.key.startsWith("Arrow") && this.#walk(event.key)) event.preventDefault();
    });
  }

  get isFullScreen() {
    return this.box.open && this.box.classList.contains("modal");
  }

  open(closed) {
    const narrow = matchMedia(NARROW).matches;
    this.box.classList.toggle("modal", narrow);
    this.box.style.top = narrow ? "0" : `${Math.max(0, document.querySelector(".bar").getBoundingClientRect().bottom)}px`; // the time stays in sight
    if (narrow) this.box.showModal();
    else this.box.show();
    this.box.addEventListener("close", () => {
      document.getElementById("room").classList.remove("list-open");
      closed();
    }, { once: true });
    this.grid.querySelector("[aria-current]")?.focus();
  }

  close() {
    if (this.box.open) this.box.close();
  }

  update() {
    const { count, answered, doubtful } = this.counts();
    this.total.textContent = say("count_line", { count, answered, doubtful });
    const marks = this.marks();
    if (this.grid.children.length !== marks.length) show(this.grid, marks.map((mark) => this.#square(mark.id)));
    marks.forEach((mark, index) => dress(this.grid.children[index], mark));
  }

  finishLater(sentence) {
    this.later.textContent = sentence;
  }

  #square(id) {
    return el("button", { type: "button", class: "square", onclick: () => this.go(id) }, el("span", { class: "square-number" }), el("span", { class: "square-mark", "aria-hidden": "true" }));
  }

  #walk(key) {
    const squares = [...this.grid.children];
    const here = squares.indexOf(document.activeElement);
    if (here < 0) return false;
    const across = squares.filter((square) => square.offsetTop === squares[0].offsetTop).length;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[key];
    squares[here + step]?.focus();
    return true;
  }
}

function dress(square, { number, answered, doubtful, current, mark }) {
  const state = doubtful ? "doubtful" : answered ? "answered" : "empty";
  const words = [`${number}`, say(`state_${state}`), doubtful && answered ? say("state_answered") : "", mark && mark !== "✓" ? mark : "", current ? say("current") : ""];
  square.className = `square ${state}`;
  square.setAttribute("aria-label", words.filter(Boolean).join(", "));
  if (current) square.setAttribute("aria-current", "true");
  else square.removeAttribute("aria-current");
  square.firstChild.textContent = String(number);
  square.lastChild.textContent = doubtful ? `${mark}?` : mark;
}

function legend() {
  const item = (state, mark, words) => el("li", {}, el("span", { class: `square sample ${state}`, "aria-hidden": "true" }, el("span", { class: "square-mark" }, mark)), words);
  return el("ul", { class: "legend" }, item("empty", "", say("legend_empty")), item("answered", "A", say("legend_answered")), item("doubtful", "?", say("doubtful")));
}
