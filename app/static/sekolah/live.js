// Keeps parts of a page fresh without moving it: only pieces that differ are replaced, and never one that holds the focus.
import { keepAsking } from "./asking.js";

function put(fresh) {
  const old = document.getElementById(fresh.id);
  if (!old || old.dataset.kept === fresh.outerHTML) return true;
  if (old.contains(document.activeElement)) return false;
  const taken = document.importNode(fresh, true);
  taken.dataset.kept = fresh.outerHTML;
  old.replaceWith(taken);
  return true;
}

const root = document.querySelector("[data-live]");
if (root) {
  keepAsking(root, async (answer) => {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return [...page.querySelectorAll("[data-piece]")].map(put).every(Boolean);
  });
}
for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());
