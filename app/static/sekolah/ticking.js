// Counts times down by the browser's own clock, from the server's time that the page carries (`data-now`).
let anchor = { now: 0, at: 0 };

export function setNow(now) {
  anchor = { now, at: performance.now() };
}

function clockText(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(document.documentElement.lang === "en" ? ":" : ".");
}

export function countDown() {
  if (!anchor.now) return;
  const now = anchor.now + performance.now() - anchor.at;
  for (const place of document.querySelectorAll("[data-deadline]")) {
    const text = clockText(Number(place.dataset.deadline) - now);
    if (place.textContent !== text) place.textContent = text;
  }
}

const first = document.querySelector("[data-now]");
if (first) setNow(Number(first.dataset.now));
countDown();
setInterval(countDown, 1000);
