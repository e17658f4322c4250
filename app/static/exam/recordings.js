// Recordings of a listening question: no seeking, counted, and heard to the end.
//
// A play counts from the moment sound comes, not from the click, so that a recording that fails to load costs nothing.
// A play that was cut off (power, reload) goes on from where it was and is not counted again.

import { el } from "./elements.js";
import { say } from "./words.js";

const STALL_MS = 10000; // no sound for so long: the student may leave
const REMEMBER_S = 2;

const clockFace = (seconds) => `${Math.floor(seconds / 60)}.${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/**
 * Give every recording in `root` the right controls: its own if it may be heard without limit (`allowed` 0), else a
 * button that counts in `plays`. Gives {playing(), leave()}.
 */
export function limitRecordings(root, allowed, plays) {
  const players = [];
  for (const audio of root.querySelectorAll("audio")) {
    if (allowed > 0) {
      players.push(limited(audio, allowed, plays));
    } else {
      Object.assign(audio, { controls: true, preload: "metadata" });
      audio.setAttribute("controlslist", "nodownload noplaybackrate");
    }
  }
  return {
    playing: () => Math.max(0, ...players.map((player) => player.left())),
    leave: () => players.forEach((player) => player.leave()),
  };
}

function limited(placeholder, allowed, plays) {
  const source = placeholder.getAttribute("src") || placeholder.querySelector("source")?.getAttribute("src");
  const audio = new Audio();
  const heard = () => plays.get(source) || { used: 0, at: null };
  const button = el("button", { type: "button", class: "button play", onclick: () => play() });
  const bar = el("progress", { class: "play-progress", max: "1", value: "0", "aria-label": say("recording") });
  const line = el("p", { class: "play-line" });
  const box = el("div", { class: "recording", role: "group", "aria-label": say("recording") }, button, el("div", { class: "play-state" }, bar, line));
  let running = false;
  let counted = false;
  let moved = 0;
  let saved = 0;

  function draw(sentence) {
    const { used, at } = heard();
    const left = allowed - used;
    if (!running) button.textContent = say(at === null ? "play" : "play_continue");
    button.disabled = running || (left <= 0 && at === null);
    line.textContent = sentence || (left > 0 || at !== null ? say("plays_left", { count: left }) : say("plays_none"));
  }

  async function play() {
    running = true;
    counted = heard().at !== null;
    moved = performance.now();
    draw(say("playing_soon"));
    if (!audio.src) audio.src = source;
    audio.currentTime = heard().at || 0;
    try {
      await audio.play();
    } catch {
      failed();
    }
  }

  function failed() {
    if (!running) return;
    running = false;
    draw(say("play_failed"));
  }

  function progressed() {
    if (!running) return;
    moved = performance.now();
    if (!counted) {
      counted = true;
      plays.set(source, { used: heard().used + 1, at: 0 });
    }
    if (Math.abs(audio.currentTime - saved) > REMEMBER_S) {
      saved = audio.currentTime;
      plays.set(source, { used: heard().used, at: saved });
    }
    bar.value = audio.duration ? audio.currentTime / audio.duration : 0;
    draw(say("playing", { now: clockFace(audio.currentTime), total: clockFace(audio.duration || 0) }));
  }

  function ended() {
    running = false;
    saved = 0;
    bar.value = 0;
    plays.set(source, { used: heard().used, at: null });
    draw();
  }

  audio.addEventListener("timeupdate", progressed);
  audio.addEventListener("ended", ended);
  audio.addEventListener("error", failed);
  audio.addEventListener("pause", () => { if (running && !audio.ended) audio.play().catch(failed); }); // a headset's key
  placeholder.replaceWith(box);
  draw();
  return {
    left: () => (running && performance.now() - moved < STALL_MS ? Math.max(0.1, (audio.duration || 0) - audio.currentTime) : 0),
    leave: () => {
      if (running && counted) plays.set(source, { used: heard().used, at: audio.currentTime });
      running = false;
      audio.pause();
    },
  };
}
