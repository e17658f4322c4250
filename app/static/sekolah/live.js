// Keeps parts of a page fresh without moving it: asks every few seconds, replaces only pieces that differ, and never one
// that holds the focus. Says so when the server does not answer. Counts times down by the browser's own clock.
const root = document.querySelector("[data-live]");
const lost = document.querySelector("[data-lost]");
let tag = root?.dataset.tag ?? "";
let anchor = { now: 0, at: 0 };

function readClock() {
  const found = document.querySelector("[data-now]");
  if (found && Number(found.dataset.now) !== anchor.now) {
    anchor = { now: Number(found.dataset.now), at: performance.now() };
  }
}

function clockText(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(document.documentElement.lang === "en" ? ":" : ".");
}

function countDown() {
  if (!anchor.now) return;
  const now = anchor.now + performance.now() - anchor.at;
  for (const place of document.querySelectorAll("[data-deadline]")) {
    const text = clockText(Number(place.dataset.deadline) - now);
    if (place.textContent !== text) place.textContent = text;
  }
}

function put(fresh) {
  const old = document.getElementById(fresh.id);
  if (!old || old.dataset.kept === fresh.outerHTML) return;
  if (old.contains(document.activeElement) && document.activeElement !== document.body) return;
  const html = fresh.outerHTML;
  const taken = document.importNode(fresh, true);
  taken.dataset.kept = html;
  old.replaceWith(taken);
}

async function ask() {
  const headers = tag ? { "If-None-Match": `"${tag}"` } : {};
  const answer = await fetch(root.dataset.live, { headers, cache: "no-store", credentials: "same-origin" });
  if (answer.redirected || answer.status === 401) return location.reload();
  if (answer.status === 200) {
    if (answer.headers.get("X-Reload")) return location.reload();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const busy = document.activeElement?.closest("[data-piece]");
    for (const piece of page.querySelectorAll("[data-piece]")) put(piece);
    // what held the focus was left alone: ask for everything again later
    tag = busy ? "" : (answer.headers.get("ETag") ?? "").replace(/^W\//, "").replaceAll('"', "");
    readClock();
    countDown();
  } else if (answer.status !== 304) {
    throw new Error(String(answer.status));
  }
  if (lost) lost.hidden = true;
}

async function round() {
  try {
    if (!document.hidden) await ask();
  } catch {
    if (lost) lost.hidden = false;
  }
  setTimeout(round, Number(root.dataset.every ?? 2500));
}

readClock();
countDown();
setInterval(countDown, 1000);
if (root) setTimeout(round, Number(root.dataset.every ?? 2500));
for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());
