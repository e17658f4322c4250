// Asks the server every few seconds for what is new since a tag, and says so on the page when it does not answer.
// `take(answer)` gets an answer that brings something; an unchanged one costs a 304 and nothing happens.
export function keepAsking(root, take) {
  const lost = document.querySelector("[data-lost]");
  const pause = Number(root.dataset.every ?? 2500);
  let tag = root.dataset.tag ?? "";

  async function ask() {
    const headers = tag ? { "If-None-Match": `"${tag}"` } : {};
    const answer = await fetch(root.dataset.live, { headers, cache: "no-store", credentials: "same-origin" });
    if (answer.redirected || answer.status === 401) return location.reload();
    if (answer.status === 200) {
      tag = (await take(answer)) ? (answer.headers.get("ETag") ?? "").replace(/^W\//, "").replaceAll('"', "") : "";
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
    setTimeout(round, pause);
  }
  setTimeout(round, pause);
}
