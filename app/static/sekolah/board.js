// The proctor's board: takes what changed and writes it into the rows that are there. Nothing is added or removed, so the
// page does not jump and the focus stays where it is.
import { keepAsking } from "./asking.js";
import { countDown, setNow } from "./ticking.js";

const root = document.getElementById("papan");
const SHAPES = { absent: "idle", waiting: "idle", admitted: "busy", working: "busy", silent: "bad", finished: "good" };

function fill(pattern, values) {
  return pattern.replace(/%\((\w+)\)s/g, (_all, name) => values[name]);
}

function write(place, text) {
  if (place && place.textContent !== text) place.textContent = text;
}

function takeRow([id, standing, answered, doubtful, minutes, seen, deadline, held, asks, closing]) {
  const row = document.getElementById(`a${id}`);
  if (!row) return false;
  const values = { answered, minutes, questions: root.dataset.questions };
  row.className = [row.classList.contains("seat") ? "seat" : "", `is-${standing}`, asks ? "asks" : "", held ? "held" : ""].join(" ");
  const badge = row.querySelector(".js-standing");
  badge.className = `badge-state ${SHAPES[standing]} js-standing`;
  write(badge, fill(patterns[standing], values));
  write(row.querySelector(".js-seen"), seen);
  write(row.querySelector(".js-closed"), closing ? closings[closing] : "");
  const doubt = row.querySelector(".js-doubt");
  doubt.hidden = !doubtful || standing === "finished";
  write(doubt, root.dataset.doubt.replace("0", doubtful));
  const left = row.querySelector(".js-left");
  if (deadline === null) {
    delete left.dataset.deadline;
    write(left, "–");
  } else {
    left.dataset.deadline = deadline;
  }
  return true;
}

function takeTop(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("atas");
  const old = document.getElementById("atas");
  if (old.contains(document.activeElement)) return false;
  old.replaceWith(document.importNode(fresh, true));
  return true;
}

// The search above the rows. While the page lives rows only appear; one that no longer fits goes when something is typed.
const search = document.querySelector("[data-search]");

function fits(row) {
  const state = search.elements.keadaan.value;
  const stands = !state || row.classList.contains(state === "asks" ? "asks" : `is-${state}`);
  return stands && row.dataset.words.includes(search.elements.cari.value.trim().toLowerCase());
}

function choose(mayHide) {
  const rows = [...root.querySelectorAll("[data-words]")];
  for (const row of rows) row.hidden = fits(row) ? false : row.hidden || mayHide;
  const shown = rows.filter((row) => !row.hidden).length;
  const found = search.querySelector("output");
  found.hidden = shown === rows.length;
  write(found, fill(root.dataset.found, { found: shown, all: rows.length }));
}

let patterns = {};
let closings = {};
if (root) {
  patterns = JSON.parse(root.dataset.patterns);
  closings = JSON.parse(root.dataset.closings);
  for (const kind of ["input", "submit"]) {
    search.addEventListener(kind, (event) => {
      event.preventDefault();
      choose(true);
    });
  }
  choose(true);
  keepAsking(root, async (answer) => {
    const news = await answer.json();
    setNow(news.now);
    const known = news.rows.map(takeRow).every(Boolean);
    choose(false);
    if (!known || news.people !== Number(root.dataset.people)) location.reload();
    countDown();
    return news.top === null || takeTop(news.top);
  });
}
