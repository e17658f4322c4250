// Single and multiple choice: full-width rows, a big round letter (one answer) or a square one (several).

import { el, html } from "./elements.js";
import { say } from "./words.js";

/** Gives {nodes, key}. `offered` are the options in the order to show; `onChange` gets an id, a list of ids, or null. */
export function choiceList({ question, offered, value, onChange }) {
  const several = question.type === "multiple";
  const chosen = new Set(value === null ? [] : [value].flat());
  const inputs = offered.map((option, index) => el("input", {
    type: several ? "checkbox" : "radio",
    name: `answer-${question.id}`,
    value: option.id,
    id: `choice-${index}`,
    checked: chosen.has(option.id),
    onchange: () => changed(),
  }));
  const rows = offered.map((option, index) => el("div", { class: "choice-row" },
    el("label", { class: several ? "choice several" : "choice", for: `choice-${index}` },
      inputs[index],
      el("span", { class: "letter" }, String.fromCharCode(65 + index)),
      html("span", { class: "choice-text prose" }, option.html))));
  const clear = el("button", { type: "button", class: "clear", hidden: !chosen.size, onclick: () => empty() }, say("clear"));
  const list = el("fieldset", { class: "choices" },
    el("legend", { class: "hint" }, say(several ? "hint_multiple" : "hint_single")), rows, clear);

  function changed() {
    const now = inputs.filter((input) => input.checked).map((input) => input.value);
    clear.hidden = now.length === 0;
    onChange(now.length === 0 ? null : several ? now : now[0]);
  }

  function empty() {
    for (const input of inputs) input.checked = false;
    (inputs[0] || clear).focus();
    changed();
  }

  function key(event) {
    const index = event.key.length === 1 ? event.key.toUpperCase().charCodeAt(0) - 65 : -1;
    if (index >= 0 && index < inputs.length) {
      inputs[index].focus();
      inputs[index].click();
      return true;
    }
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return false;
    const here = inputs.indexOf(document.activeElement);
    const step = event.key === "ArrowDown" ? 1 : -1;
    if (here < 0) {
      inputs[step > 0 ? 0 : inputs.length - 1].focus();
    } else {
      const next = inputs[(here + step + inputs.length) % inputs.length];
      next.focus();
      if (!several) next.click(); // as everywhere: in a group of round buttons the arrow also chooses
    }
    return true;
  }

  return { nodes: [list], key };
}
