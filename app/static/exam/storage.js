// Where the browser keeps things: IndexedDB, which also works on plain http, or else memory with localStorage.
//
// Two kinds of things: named values (`keep`) and journal entries under (attempt, sequence). It refuses to delete an
// entry one by one: a journal goes as a whole, once the server has given the final receipt.

const DATABASE = "guyub-exam";
const PREFIX = "guyub.exam.";
const OPEN_MS = 4000; // some browsers neither open a broken profile's database nor say so

const finished = (request) => new Promise((done, failed) => {
  request.onsuccess = () => done(request.result);
  request.onerror = () => failed(request.error);
});
const committed = (transaction) => new Promise((done, failed) => {
  transaction.oncomplete = () => done();
  transaction.onabort = transaction.onerror = () => failed(transaction.error || new Error("transaction aborted"));
});
const tooLong = (ms) => new Promise((_, failed) => setTimeout(() => failed(new Error("the database does not open")), ms));

/** IndexedDB. A sequence number is allocated and its entry written in one transaction, so two tabs never share one. */
class DatabaseStore {
  kind = "indexeddb";

  constructor(database) {
    this.database = database;
  }

  static async open(factory) {
    const request = factory.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("keep");
      request.result.createObjectStore("journal", { keyPath: ["attempt", "sequence"] });
    };
    const database = await Promise.race([finished(request), tooLong(OPEN_MS)]);
    database.onversionchange = () => database.close();
    return new DatabaseStore(database);
  }

  #writing(stores) {
    return this.database.transaction(stores, "readwrite", { durability: "strict" });
  }

  async kept(name) {
    return finished(this.database.transaction("keep").objectStore("keep").get(name));
  }

  async keep(name, value) {
    const work = this.#writing(["keep"]);
    work.objectStore("keep").put(value, name);
    return committed(work);
  }

  async forget(name) {
    const work = this.#writing(["keep"]);
    work.objectStore("keep").delete(name);
    return committed(work);
  }

  async append(entry, floor) {
    const work = this.#writing(["keep", "journal"]);
    const done = committed(work);
    const counter = `sequence:${entry.attempt}`;
    const last = (await finished(work.objectStore("keep").get(counter))) || 0;
    const numbered = { ...entry, sequence: Math.max(last + 1, floor) };
    work.objectStore("keep").put(numbered.sequence, counter);
    work.objectStore("journal").add(numbered);
    await done;
    return numbered;
  }

  async write(entries) {
    const work = this.#writing(["journal"]);
    for (const entry of entries) work.objectStore("journal").put(entry);
    return committed(work);
  }

  async entries() {
    return finished(this.database.transaction("journal").objectStore("journal").getAll());
  }

  async remove(attempt) {
    const work = this.#writing(["journal"]);
    work.objectStore("journal").delete(IDBKeyRange.bound([attempt, 0], [attempt, Number.MAX_SAFE_INTEGER]));
    return committed(work);
  }
}

/** Memory, mirrored to localStorage where there is one. */
export class MemoryStore {
  kind = "memory";
  #memory = new Map();

  constructor(local) {
    this.local = local;
  }

  #get(name) {
    if (!this.#memory.has(name)) {
      let text = null;
      try { text = this.local.getItem(PREFIX + name); } catch { /* memory alone, then */ }
      this.#memory.set(name, text === null ? undefined : JSON.parse(text));
    }
    return this.#memory.get(name);
  }

  #put(name, value) {
    this.#memory.set(name, value);
    try {
      if (value === undefined) this.local.removeItem(PREFIX + name);
      else this.local.setItem(PREFIX + name, JSON.stringify(value));
    } catch { /* full or forbidden: memory holds it */ }
  }

  async kept(name) { return this.#get(`keep.${name}`); }
  async keep(name, value) { this.#put(`keep.${name}`, value); }
  async forget(name) { this.#put(`keep.${name}`, undefined); }
  async entries() { return Object.values(this.#get("journal") || {}); }

  async append(entry, floor) {
    const counter = `keep.sequence:${entry.attempt}`;
    const numbered = { ...entry, sequence: Math.max((this.#get(counter) || 0) + 1, floor) };
    this.#put(counter, numbered.sequence);
    await this.write([numbered]);
    return numbered;
  }

  async write(entries) {
    const journal = { ...this.#get("journal") };
    for (const entry of entries) journal[`${entry.attempt}/${entry.sequence}`] = entry;
    this.#put("journal", journal);
  }

  async remove(attempt) {
    const left = (await this.entries()).filter((entry) => entry.attempt !== attempt);
    this.#put("journal", undefined);
    await this.write(left);
  }
}

function localStorageOrNothing() {
  try { return self.localStorage; } catch { return null; }
}

/** The best store this browser has. What an earlier fallback left in localStorage is taken over. */
export async function openStore() {
  const fallback = new MemoryStore(localStorageOrNothing());
  try {
    const store = await DatabaseStore.open(self.indexedDB);
    const left = await fallback.entries();
    const known = new Set((await store.entries()).map((entry) => `${entry.attempt}/${entry.sequence}`));
    await store.write(left.filter((entry) => !known.has(`${entry.attempt}/${entry.sequence}`)));
    for (const attempt of new Set(left.map((entry) => entry.attempt))) await fallback.remove(attempt);
    return store;
  } catch {
    return fallback;
  }
}
