// Short answers and essays: passed on while typing, when the field is left, and when asked (`flush`).

import { el } from "./elements.js";
import { figure, say } from "./words.js";

const PAUSE_MS = { short: 1000, essay: 3000 };
const LONGEST_MS = 12000; // someone who never pauses is saved all the same
const LIMIT = { short: 500, essay: 20000 };

/** Gives {nodes, flush}. `onChange` gets the text, or null once it is empty. */
export function textAnswer({ question, value, onChange }) {
  const essay = question.type === "essay";
  const limit = LIMIT[question.type];
  let passed = value || "";
  let timer = null;
  let since = null;
  const counter = essay ? el("p", { class: "counter", id: "counter" }) : null;
  const field = el(essay ? "textarea" : "input", {
    class: "text-answer",
    id: "text-answer",
    type: essay ? null : "text",
    rows: essay ? "10" : null,
    maxlength: String(limit),
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    "aria-describedby": essay ? "text-hint counter" : "text-hint",
    oninput: () => typed(),
    onchange: () => flush(),
    onblur: () => flush(),
  });
  field.value = passed;
  count();

  function typed() {
    count();
    since = since ?? performance.now();
    clearTimeout(timer);
    timer = setTimeout(flush, Math.max(0, Math.min(PAUSE_MS[question.type], LONGEST_MS - (performance.now() - since))));
  }

  function flush() {
    clearTimeout(timer);
    since = null;
    if (field.value === passed) return;
    passed = field.value;
    onChange(passed.trim() === "" ? null : passed);
  }

  function count() {
    if (!counter) return;
    const length = field.value.length;
    counter.textContent = say(length >= limit ? "characters_full" : "characters", { count: figure(length) });
  }

  const label = el("label", { class: "field-label", for: "text-answer" }, say("answer"));
  const hint = el("p", { class: "hint", id: "text-hint" }, say(essay ? "hint_essay" : "hint_short"));
  return { nodes: [hint, label, field, counter].filter(Boolean), flush };
}
