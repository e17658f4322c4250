// The time left, counted on the browser's monotonic clock, so that nobody who sets the PC's clock gains or loses time.
//
// The server owns the deadline. This clock only carries its last word forward and takes every newer one.

const JITTER_MS = 1500; // answers travel for a moment; smaller corrections would only make the display jump

export class ExamClock {
  #read;
  #at = null;
  #remaining = 0;
  #minimum = 0;

  /** `read` gives monotonic milliseconds. */
  constructor(read = () => performance.now()) {
    this.#read = read;
  }

  /** Take the server's word: milliseconds until the deadline, and until finishing is allowed. */
  set(remaining_ms, minimum_ms) {
    const jump = Math.abs(this.remaining - remaining_ms);
    if (this.#at === null || jump > JITTER_MS || remaining_ms < JITTER_MS) {
      this.#remaining = remaining_ms;
    } else {
      this.#remaining = this.remaining;
    }
    this.#minimum = minimum_ms || 0;
    this.#at = this.#read();
  }

  get known() {
    return this.#at !== null;
  }

  /** Milliseconds until the deadline; never below zero. */
  get remaining() {
    return this.known ? Math.max(0, this.#remaining - (this.#read() - this.#at)) : 0;
  }

  /** Milliseconds until *Selesai* is allowed; zero once it is. */
  get minimum() {
    return this.known ? Math.max(0, this.#minimum - (this.#read() - this.#at)) : 0;
  }

  get over() {
    return this.known && this.remaining <= 0;
  }
}
