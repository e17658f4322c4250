// The screens before the first question: log in, confirm one's data, confirm the test, and every kind of waiting.
//
// Each function gives the nodes of one screen and calls back; none of them talks to the server.

import { el } from "./elements.js";
import { dateAndTime, say } from "./words.js";

/** What the server refused, in its own words, with the code to read to the proctor. */
export function refusal(failure) {
  if (!failure) return null;
  const known = Boolean(failure.detail);
  return el("div", { class: "refusal", role: "alert" },
    el("p", {}, el("strong", {}, known ? failure.detail : say("error_unknown"))),
    el("p", {}, known ? failure.remedy : say("error_unknown_next")),
    failure.code ? el("p", { class: "code-line" }, say("error_code", { code: failure.code })) : null);
}

function field({ id, label, hint, ...attributes }) {
  const input = el("input", { id, name: id, class: "field", autocomplete: "off", autocapitalize: "off", spellcheck: "false", "aria-describedby": hint ? `${id}-hint ${id}-error` : `${id}-error`, ...attributes });
  const error = el("p", { class: "field-error", id: `${id}-error` });
  const box = el("div", { class: "field-box" }, el("label", { class: "field-label", for: id }, label), hint ? el("p", { class: "hint", id: `${id}-hint` }, hint) : null, error, input);
  const fault = (sentence) => {
    error.textContent = sentence;
    input.setAttribute("aria-invalid", String(Boolean(sentence)));
    if (sentence) input.focus();
  };
  return { input, box, fault };
}

/** A form that is sent once at a time. `send` gets nothing and returns a promise. */
function form(send, submit, ...content) {
  return el("form", {
    novalidate: true,
    onsubmit: async (event) => {
      event.preventDefault();
      if (submit.disabled) return;
      submit.disabled = true;
      try { await send(); } finally { submit.disabled = false; }
    },
  }, content, el("div", { class: "buttons" }, submit));
}

/** `onLogin(number, password)`; `failure` is what the server said last time; `notices` are quiet sentences. */
export function loginScreen({ number = "", notices = [], failure = null, onLogin }) {
  const who = field({ id: "number", label: say("number"), value: number, inputmode: "text", maxlength: "64" });
  const secret = field({ id: "password", label: say("password"), type: "password", maxlength: "128" });
  const reveal = el("input", { type: "checkbox", id: "reveal", onchange: () => { secret.input.type = reveal.checked ? "text" : "password"; } });
  const submit = el("button", { type: "submit", class: "button primary big" }, say("login"));
  const send = async () => {
    who.fault("");
    secret.fault("");
    if (!who.input.value.trim()) return who.fault(say("fill_number"));
    if (!secret.input.value) return secret.fault(say("fill_password"));
    return onLogin(who.input.value.trim(), secret.input.value);
  };
  return [
    el("h1", { tabindex: "-1" }, say("login_title")),
    el("p", { class: "intro" }, say("login_intro")),
    notices.map((notice) => el("p", { class: "notice" }, notice)),
    refusal(failure),
    form(send, submit, who.box, secret.box, el("div", { class: "tick" }, reveal, el("label", { for: "reveal" }, say("show_password")))),
    el("p", { class: "help" }, say("help")),
  ].flat();
}

function facts(pairs) {
  return el("dl", { class: "facts" }, pairs.filter(([, fact]) => fact).map(([name, fact]) => el("div", {}, el("dt", {}, name), el("dd", {}, fact))));
}

/** Konfirmasi Data Peserta. `onToken(token)`, `onLeave()`. */
export function confirmScreen({ participant, sitting, failure = null, onToken, onLeave }) {
  const token = field({ id: "token", label: say("token"), hint: say("token_hint"), maxlength: "32", class: "field token" });
  const submit = el("button", { type: "submit", class: "button primary big" }, say("send_token"));
  const send = async () => {
    token.fault("");
    if (!token.input.value.trim()) return token.fault(say("fill_token"));
    return onToken(token.input.value.trim());
  };
  const gender = ["L", "P"].includes(participant.gender) ? say(`gender_${participant.gender}`) : participant.gender;
  return [
    el("h1", { tabindex: "-1" }, say("confirm_title")),
    el("p", { class: "intro" }, say("confirm_intro")),
    facts([
      [say("number"), participant.number],
      [say("name"), participant.name],
      [say("gender"), gender],
      [say("class_name"), participant.class_name],
      [say("subject"), sitting.subject || sitting.title],
      [say("date"), dateAndTime(sitting.starts_at, sitting.time_zone)],
      [say("seat"), participant.seat ? String(participant.seat) : ""],
    ]),
    refusal(failure),
    form(send, submit, token.box),
    el("p", {}, el("button", { type: "button", class: "quiet", onclick: onLeave }, say("not_me"))),
  ];
}

/** Konfirmasi Tes. `count` is the number of questions; `onStart()`. */
export function testScreen({ participant, sitting, count, failure = null, onStart }) {
  const submit = el("button", { type: "submit", class: "button primary big" }, say("start"));
  const minutes = Math.round((sitting.length_s || 0) / 60);
  const minimum = Math.ceil((sitting.minimum_s || 0) / 60);
  return [
    el("h1", { tabindex: "-1" }, say("test_title")),
    facts([
      [say("test_name"), sitting.title],
      [say("subject"), sitting.subject],
      [say("name"), participant.name],
      [say("length"), say("minutes", { count: minutes })],
      [say("question_count"), count ? String(count) : ""],
    ]),
    el("h2", {}, say("rules")),
    el("ul", { class: "rules" }, [say("rule_time"), say("rule_saved"), say("rule_doubt"), minimum ? say("rule_finish", { minutes: minimum }) : say("rule_finish_any")].map((rule) => el("li", {}, rule))),
    refusal(failure),
    form(onStart, submit),
  ];
}

/**
 * Waiting for the server: with a place in its queue, or because it does not answer. `seconds` until the next try.
 * Gives {nodes, count(seconds)}; `onBack` is left out where there is no way back.
 */
export function waitScreen({ place, working, onBack }) {
  const again = el("p", { class: "again" });
  const nodes = [
    el("h1", { tabindex: "-1" }, say(place ? "wait_title" : "away_title")),
    place ? el("p", { class: "queue-place" }, `${say("wait_place")} `, el("strong", {}, String(place))) : el("p", { class: "intro" }, say("away_text")),
    el("p", {}, say("wait_next")),
    el("p", {}, el("strong", {}, say(working ? "wait_time_working" : "wait_time"))),
    place ? null : el("p", {}, say("away_call")),
    again,
    onBack ? el("p", {}, el("button", { type: "button", class: "quiet", onclick: onBack }, say("back"))) : null,
  ].filter(Boolean);
  const count = (seconds) => { again.textContent = seconds > 0 ? say("wait_again", { seconds }) : say("wait_now"); };
  return { nodes, count };
}

/** The seat is held by another computer. `stage` is "offer", "asked" or "refused"; `onAsk()`, `onBack()`. */
export function seatScreen({ stage, failure, onAsk, onBack }) {
  const body = {
    offer: () => [el("p", { class: "intro" }, say("seat_next")), refusal(failure), el("div", { class: "buttons" }, el("button", { type: "button", class: "button primary big", onclick: onAsk }, say("seat_ask")))],
    asked: () => [el("p", { class: "intro", role: "status" }, say("seat_asked")), el("p", {}, say("seat_auto")), el("p", {}, say("seat_time"))],
    refused: () => [el("p", { class: "intro", role: "status" }, say("seat_refused")), el("div", { class: "buttons" }, el("button", { type: "button", class: "button big", onclick: onAsk }, say("seat_ask")))],
  }[stage]();
  return [el("h1", { tabindex: "-1" }, say("seat_title")), body, el("p", {}, el("button", { type: "button", class: "quiet", onclick: onBack }, say("back")))].flat();
}
