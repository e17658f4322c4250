// Shows one question exactly as a student sees it, in the exam room and in the centre's preview.
//
//   import { renderQuestion } from "/static/exam/question_view.js";
//   const view = renderQuestion(container, question, { value, order, onChange, readOnly, stimulus, plays });
//
// container  an element inside one with class "exam" on a page that loads /static/exam/exam.css
// question   as in the paper file (`Question.for_student()`): {id, type, stem, options, columns, rows, audio_plays}
// value      the answer to show, as in "Answer values" of docs/architecture.md; null for none
// order      ids of the options (or columns) in the order to show them, from shuffling.js; left out: as in the file
// onChange   called with the new value at each change; typing is gathered for a few seconds first
// readOnly   true shows the answer and takes none
// stimulus   HTML of the stimulus the question belongs to, if any
// plays      {get(src), set(src, {used, at})}: how often recordings were heard; left out: counted on this page only
//
// Gives {flush(), setReadOnly(flag), key(event), playing(), leave()}: `flush` passes typed text on at once, `key`
// answers by keyboard and tells whether it did, `playing` gives the seconds left of a recording that must be heard to
// its end (0 if none), `leave` flushes and ends recordings.
// The page's words come from words.js: call `speak("en")` before for English. HTML is taken as it is: it must be the
// safe HTML of a paper. A page that wants no code of its own loads preview.js instead.

import { choiceList } from "./question_choices.js";
import { answerTable } from "./question_tables.js";
import { textAnswer } from "./question_texts.js";
import { el, enlarge, html } from "./elements.js";
import { limitRecordings } from "./recordings.js";
import { say } from "./words.js";

const KATEX = new URL("../vendor/katex/katex.min.css", import.meta.url).href;
const KINDS = {
  single: choiceList,
  multiple: choiceList,
  category: answerTable,
  matching: answerTable,
  short: textAnswer,
  essay: textAnswer,
};

const countedHere = () => {
  const heard = new Map();
  return { get: (source) => heard.get(source), set: (source, state) => heard.set(source, state) };
};

export function renderQuestion(container, question, options = {}) {
  const { value = null, order = null, onChange = () => {}, readOnly = false, stimulus = "", plays = countedHere() } = options;
  const offered = inOrder(question, order);
  const stem = html("div", { class: "stem prose", id: "stem" }, question.stem);
  const part = (KINDS[question.type] || (() => ({ nodes: [] })))({ question, offered, value, onChange });
  const asked = el("section", { class: "asked", "aria-label": say("question") }, heading("question"), stem, part.nodes);
  const article = el("article", { class: `question ${stimulus ? "with-stimulus" : ""}` });
  if (stimulus) article.append(el("section", { class: "stimulus", tabindex: "0", "aria-label": say("stimulus") }, heading("stimulus"), html("div", { class: "prose" }, stimulus)));
  article.append(asked);
  loadFormulaStyle(article);
  const recordings = limitRecordings(article, question.audio_plays || 0, plays);
  preparePictures(article);
  prepareTables(article);
  container.replaceChildren(article);
  const view = {
    flush: () => part.flush?.(),
    setReadOnly: (flag) => setReadOnly(asked, flag),
    key: (event) => !article.classList.contains("read-only") && Boolean(part.key?.(event)),
    playing: recordings.playing,
    leave: () => { part.flush?.(); recordings.leave(); },
  };
  view.setReadOnly(readOnly);
  return view;

  function setReadOnly(inside, flag) {
    article.classList.toggle("read-only", flag);
    for (const field of inside.querySelectorAll("input, .clear")) field.disabled = flag;
    for (const field of inside.querySelectorAll("textarea, input[type=text]")) { field.disabled = false; field.readOnly = flag; }
  }
}

/** What an answer looks like in the list of questions: letters where there are letters, else a tick; "" if empty. */
export function answerMark(question, value, order) {
  if (value === null || value === undefined || value.length === 0) return "";
  if (question.type !== "single" && question.type !== "multiple") return "✓";
  const chosen = [value].flat();
  return inOrder(question, order).map((option, index) => (chosen.includes(option.id) ? letter(index) : "")).join("");
}

/** The letter of the choice at `index`. */
export const letter = (index) => String.fromCharCode(65 + index);

// For screen readers only: it keeps the headings of a text below those of the page.
const heading = (name) => el("h2", { class: "visually-hidden" }, say(name));

function inOrder(question, order) {
  const isTable = question.type === "category" || question.type === "matching";
  const offered = (isTable ? question.columns : question.options) || [];
  if (!order) return offered;
  const known = new Map(offered.map((choice) => [choice.id, choice]));
  return order.map((id) => known.get(id)).filter(Boolean);
}

function loadFormulaStyle(article) {
  if (!article.querySelector(".katex") || document.querySelector(`link[href="${KATEX}"]`)) return;
  document.head.append(el("link", { rel: "stylesheet", href: KATEX }));
}

// A picture in the text is a button itself; one inside a choice gets a button beside it, since a click there answers.
function preparePictures(article) {
  const words = { picture: say("picture"), picture_full: say("picture_full"), close: say("close") };
  for (const image of article.querySelectorAll("img")) {
    image.loading = "eager";
    const name = [say("enlarge"), image.alt].filter(Boolean).join(": ");
    const open = () => enlarge(image, words);
    const choice = image.closest("label");
    if (choice) {
      choice.after(el("button", { type: "button", class: "enlarge", onclick: open, "aria-label": name }, say("enlarge")));
    } else {
      const frame = el("button", { type: "button", class: "picture", "aria-label": name, onclick: open });
      image.replaceWith(frame);
      frame.append(image);
    }
  }
}

function prepareTables(article) {
  for (const table of article.querySelectorAll(".prose table")) {
    const frame = el("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": say("scroll_table") });
    table.replaceWith(frame);
    frame.append(table);
  }
}
