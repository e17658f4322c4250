// The screens after the last question, and those that end the work here: summary, finished, time up, moved, other tab.

import { el } from "./elements.js";
import { refusal } from "./entry_screens.js";
import { say } from "./words.js";

/** What is still open, each with a way back to it. `marks` as in the list of questions; `onGo(id)`, `onBack()`, `onSure()`. */
export function summaryScreen({ marks, onGo, onBack, onSure }) {
  const empty = marks.filter((mark) => !mark.answered);
  const doubtful = marks.filter((mark) => mark.doubtful);
  const jump = (mark, state) => el("button", { type: "button", class: `square ${state}`, "aria-label": say("summary_go", { number: mark.number }), onclick: () => onGo(mark.id) },
    el("span", { class: "square-number" }, String(mark.number)), el("span", { class: "square-mark", "aria-hidden": "true" }, state === "doubtful" ? `${mark.mark}?` : ""));
  const group = (title, those, state) => (those.length ? el("section", { class: "open-ones" }, el("h2", {}, say(title, { count: those.length })), el("div", { class: "squares" }, those.map((mark) => jump(mark, state)))) : null);
  return [
    el("h1", { tabindex: "-1" }, say("summary_title")),
    el("p", { class: "intro" }, say("count_line", { count: marks.length, answered: marks.length - empty.length, doubtful: doubtful.length })),
    empty.length ? null : el("p", { class: "good" }, say("summary_all")),
    group("summary_empty", empty, "empty"),
    group("summary_doubtful", doubtful, "doubtful"),
    el("div", { class: "buttons" }, el("button", { type: "button", class: "button big", onclick: onBack }, say("summary_back")), el("button", { type: "button", class: "button primary big", onclick: () => onSure(empty.length) }, say("finish"))),
  ].filter(Boolean);
}

/** The second confirmation: a tick and a button. `onFinish()`, `onBack()`. */
export function sureScreen({ empty, failure = null, onFinish, onBack }) {
  const first = el("p", { class: "field-error", id: "sure-first", role: "alert" });
  const tick = el("input", { type: "checkbox", id: "sure", "aria-describedby": "sure-first", onchange: () => { first.textContent = ""; } });
  const press = () => {
    if (tick.checked) return onFinish();
    first.textContent = say("sure_check_first");
    return tick.focus();
  };
  return [
    el("h1", { tabindex: "-1" }, say("sure_title")),
    empty ? el("p", { class: "notice" }, say("sure_empty", { count: empty })) : null,
    el("p", { class: "intro" }, say("sure_text")),
    refusal(failure),
    el("div", { class: "tick" }, tick, el("label", { for: "sure" }, say("sure_check"))),
    first,
    el("div", { class: "buttons" }, el("button", { type: "button", class: "button big", onclick: onBack }, say("summary_back")), el("button", { type: "button", class: "button primary big", onclick: press }, say("finish"))),
  ].filter(Boolean);
}

/** Waiting for the last answers to arrive. Gives {nodes, update(waiting, away)}. `why` is "finish" or "up". */
export function deliveryScreen({ why }) {
  const up = why === "up";
  const line = el("p", { class: "intro", role: "status" });
  const away = el("p", { class: "notice", role: "status", hidden: true }, say("finishing_away"));
  const nodes = [el("h1", { tabindex: "-1" }, say(up ? "up_title" : "finishing")), up ? el("p", { class: "intro" }, say("up_text")) : null, line, away].filter(Boolean);
  const update = (waiting, isAway) => {
    const words = waiting ? say(up ? "up_waiting" : "finishing_wait", { count: waiting }) : up ? say("up_wait") : "";
    if (line.textContent !== words) line.textContent = words;
    away.hidden = !isAway;
  };
  return { nodes, update };
}

/** Selesai: the receipt. `receipt` may be missing if the server closed the attempt and gave none. */
export function doneScreen({ receipt, answered, count, closed, onExit }) {
  return [
    el("h1", { tabindex: "-1", class: "good-title" }, say("done_title")),
    el("p", { class: "intro" }, say(closed && !receipt ? "done_closed" : "done_text")),
    receipt ? el("div", { class: "receipt" }, el("p", {}, say("done_receipt")), el("p", { class: "receipt-code" }, receipt), el("p", { class: "hint" }, say("done_receipt_hint"))) : null,
    answered === undefined || !count ? null : el("p", {}, say("done_answered", { answered, count })),
    el("p", {}, say("done_leave")),
    el("div", { class: "buttons" }, el("button", { type: "button", class: "button big", onclick: onExit }, say("done_exit"))),
  ].filter(Boolean);
}

/** The seat's epoch ended. Gives {nodes, update(waiting)}. */
export function movedScreen({ failure, onLogin }) {
  const line = el("p", { role: "status", class: "notice" });
  const nodes = [
    el("h1", { tabindex: "-1" }, say("moved_title")),
    el("p", { class: "intro" }, say("moved_text")),
    line,
    failure?.code ? el("p", { class: "code-line" }, say("error_code", { code: failure.code })) : null,
    el("div", { class: "buttons" }, el("button", { type: "button", class: "button big", onclick: onLogin }, say("moved_login"))),
  ].filter(Boolean);
  return { nodes, update: (waiting) => { line.textContent = waiting ? say("moved_sending", { count: waiting }) : say("moved_sent"); } };
}

/** Another tab of this browser has taken over. */
export function otherTabScreen({ onHere }) {
  return [el("h1", { tabindex: "-1" }, say("tab_title")), el("p", { class: "intro" }, say("tab_text")), el("div", { class: "buttons" }, el("button", { type: "button", class: "button primary big", onclick: onHere }, say("tab_here")))];
}

/** Something that retrying by itself will not cure. `onRetry()`. */
export function troubleScreen({ failure, onRetry, onLogin }) {
  return [
    el("h1", { tabindex: "-1" }, say("error_title")),
    refusal(failure),
    el("div", { class: "buttons" }, el("button", { type: "button", class: "button big", onclick: onLogin }, say("login")), el("button", { type: "button", class: "button primary big", onclick: onRetry }, say("error_retry"))),
  ];
}
