// Category (one column per row) and matching (any number of columns per row).
//
// Two to four short headings make a table: a statement, then one large button per heading. Longer headings, pictures
// or many of them are listed once with a letter, and each row offers the letters; that also fits the smallest screen.
// Each row is a group of its own for the keyboard and the screen reader, so that narrow screens can turn rows to cards.

import { el, html } from "./elements.js";
import { say } from "./words.js";

const SHORT_TEXT = 18;
const FEW = 4;

/** Gives {nodes, key}. `offered` are the columns in order; `onChange` gets {row: column} or {row: [column…]}, or null. */
export function answerTable({ question, offered, value, onChange }) {
  const one = question.type === "category";
  const lettered = offered.length > FEW || offered.some((column) => isLong(column.html));
  const chosen = new Map(Object.entries(value || {}).map(([row, columns]) => [row, [columns].flat()]));
  const rows = (question.rows || []).map((row, index) => tableRow(row, index));
  const clear = el("button", { type: "button", class: "clear", hidden: !chosen.size, onclick: () => empty() }, say("clear"));
  const nodes = [
    el("p", { class: "hint" }, say(one ? "hint_category" : "hint_matching")),
    lettered ? letterList(offered) : null,
    el("div", { class: lettered ? "table lettered" : "table" }, lettered ? null : tableHead(offered), rows.map((row) => row.node)),
    clear,
  ].filter(Boolean);

  function tableRow(row, index) {
    const inputs = offered.map((column, place) => el("input", {
      type: one ? "radio" : "checkbox",
      name: `row-${index}`,
      value: column.id,
      checked: (chosen.get(row.id) || []).includes(column.id),
      "aria-label": [lettered && String.fromCharCode(65 + place), plainText(column.html)].filter(Boolean).join(". "),
      onchange: () => changed(),
    }));
    const statement = html("div", { class: "statement prose", id: `row-${index}` }, row.html);
    const cells = inputs.map((input, place) => el("label", { class: one ? "cell" : "cell several" }, input,
      lettered ? el("span", { class: "letter", "aria-hidden": "true" }, String.fromCharCode(65 + place)) : el("span", { class: "mark" }),
      lettered ? null : html("span", { class: "cell-text" }, offered[place].html)));
    const node = el("div", { class: "table-row", role: one ? "radiogroup" : "group", "aria-labelledby": `row-${index}` },
      statement, el("div", { class: "cells" }, cells));
    return { id: row.id, inputs, node };
  }

  function changed() {
    const now = {};
    for (const row of rows) {
      const columns = row.inputs.filter((input) => input.checked).map((input) => input.value);
      if (columns.length) now[row.id] = one ? columns[0] : columns;
    }
    const none = Object.keys(now).length === 0;
    clear.hidden = none;
    onChange(none ? null : now);
  }

  function empty() {
    for (const row of rows) for (const input of row.inputs) input.checked = false;
    rows[0]?.inputs[0]?.focus();
    changed();
  }

  // Up and down go from row to row, left and right within a row, a letter chooses in the row that has the focus.
  function key(event) {
    const place = rows.findIndex((row) => row.inputs.includes(document.activeElement));
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (place < 0) {
      if (event.key === "ArrowDown") rows[0]?.inputs[0]?.focus();
      return event.key === "ArrowDown";
    }
    const { inputs } = rows[place];
    const at = inputs.indexOf(document.activeElement);
    if (steps) {
      const next = rows[(place + steps[0] + rows.length) % rows.length].inputs[(at + steps[1] + inputs.length) % inputs.length];
      next.focus();
      return true;
    }
    const index = event.key.length === 1 ? event.key.toUpperCase().charCodeAt(0) - 65 : -1;
    if (!lettered || !inputs[index]) return false;
    inputs[index].focus();
    inputs[index].click();
    return true;
  }

  return { nodes, key };
}

function tableHead(offered) {
  return el("div", { class: "table-head", "aria-hidden": "true" },
    el("div", { class: "statement" }, say("statement")),
    el("div", { class: "cells" }, offered.map((column) => html("div", { class: "cell" }, column.html))));
}

function letterList(offered) {
  return el("div", { class: "letter-list", role: "group", "aria-label": say("choices") },
    offered.map((column, place) => el("div", { class: "letter-item" },
      el("span", { class: "letter" }, String.fromCharCode(65 + place)), html("div", { class: "prose" }, column.html))));
}

function plainText(source) {
  const box = html("div", {}, source);
  for (const drawn of box.querySelectorAll(".katex-html")) drawn.remove();
  const pictures = [...box.querySelectorAll("img")].map((image) => image.alt);
  return [box.textContent.trim(), ...pictures].filter(Boolean).join(" ");
}

const isLong = (source) => source.includes("<img") || plainText(source).length > SHORT_TEXT;
