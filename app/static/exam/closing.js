// From the last question to the receipt, and the other ways in which work ends here: time up, moved, another tab.

import { loginAgain, showLogin } from "./admission.js";
import { isTemporary, readAttempt } from "./api.js";
import { deliveryScreen, doneScreen, movedScreen, otherTabScreen, summaryScreen, sureScreen } from "./finish_screens.js";
import { answerMark } from "./question_view.js";

const STEP_MS = 200;
const CLOSED_PATIENCE_MS = 10000;
const ASIDE_AGAIN_MS = 5000;
const MORE_TIME_MS = 20000;
const MORE_TIME_TRIES = 60;

const pause = (ms) => new Promise((next) => setTimeout(next, ms));

/** What is unanswered or doubtful, before the second confirmation. */
export function showSummary(room) {
  const { attempt } = room;
  const marks = () => attempt.order.map((id, index) => {
    const question = attempt.questions.get(id);
    const { value, doubtful } = attempt.answer(id);
    const answered = attempt.isAnswered(id);
    return { id, number: index + 1, answered, doubtful, mark: answered ? answerMark(question, value, attempt.choices(question)) : "" };
  });
  room.put(() => summaryScreen({ marks: marks(), onGo: (id) => room.showExam(id), onBack: () => room.showExam(), onSure: (empty) => showSure(room, empty) }), { wide: true, timed: true });
}

function showSure(room, empty, failure = null) {
  room.put(() => sureScreen({ empty, failure, onBack: () => room.showExam(), onFinish: () => finish(room, empty) }), { timed: true });
}

async function finish(room, empty) {
  try {
    await takeReceipt(room, { closed: false });
  } catch (failure) {
    if (failure.status && failure.status !== 401 && failure.code !== "S-131") showSure(room, empty, failure);
    else room.trouble(failure, () => room.resume());
  }
}

/** Deliver what waits, make sure the server has it all, close the attempt, and show the receipt. */
export async function takeReceipt(room, { closed }) {
  const { attempt } = room;
  if (room.closing) return;
  room.closing = true;
  clearInterval(room.watch);
  let shown = null;
  const update = (isAway) => shown?.update(attempt.waiting, isAway);
  room.put(() => {
    shown = deliveryScreen({ why: closed ? "up" : "finish" });
    update(false);
    return shown.nodes;
  });
  room.onProgress = () => update(attempt.status === "away");
  const keepTrying = async (failure, wait) => {
    update(true);
    await pause(wait);
  };
  try {
    await deliverAll(attempt, () => room.insist(() => attempt.repair(), { screen: keepTrying }));
    const receipt = await room.insist(() => attempt.finish(), { screen: keepTrying });
    const byClock = closed && attempt.clock.over;
    await room.remember({ done: { ...receipt, closed, byClock }, seat: byClock ? room.session.seat : null, ticket: null });
    if (!attempt.waiting) await room.journal.remove(attempt.id);
    showDone(room);
  } finally {
    room.closing = false;
    room.onProgress = null;
  }
}

// The queue must be empty, and the server must still have what it once confirmed (it may have been restored). A server
// that has closed the attempt itself is given a moment for what is still on its way; the rest stays in the journal.
async function deliverAll(attempt, repair) {
  await emptied(attempt);
  if (attempt.ended) return;
  await repair();
  await emptied(attempt);
}

async function emptied(attempt) {
  for (let sinceClosed = 0; attempt.waiting && sinceClosed < CLOSED_PATIENCE_MS; await pause(STEP_MS)) {
    attempt.sender?.kick();
    if (attempt.ended && attempt.status !== "away") sinceClosed += STEP_MS;
  }
}

export function showDone(room) {
  const exit = async () => {
    await room.forget();
    showLogin(room);
  };
  room.put(() => doneScreen({ ...room.session.done, onExit: exit }));
  if (room.session.done.byClock) watchForMoreTime(room, room.session);
}

// The clock closed the attempt: if the proctor gives time back now, the student goes on without doing anything.
async function watchForMoreTime(room, session) {
  for (let asked = 0; asked < MORE_TIME_TRIES && room.session === session; asked += 1) {
    await pause(MORE_TIME_MS * (0.8 + 0.4 * Math.random()));
    const state = await readAttempt(session.attempt, session.seat).catch((failure) => (isTemporary(failure) ? null : { state: "gone" }));
    if (room.session !== session || state?.state === "gone") return;
    if (state?.state === "working") {
      await room.remember({ done: null });
      await room.resume();
      return;
    }
  }
}

/** The time is up: input is locked, the queue goes on, the server closes. */
export function showTimeUp(room) {
  let shown = null;
  const update = () => shown?.update(room.attempt.waiting, room.attempt.status === "away");
  room.put(() => {
    shown = deliveryScreen({ why: "up" });
    update();
    return shown.nodes;
  });
  room.onProgress = update;
}

/** The seat is at another computer now. What waits here is still delivered. */
export function showMoved(room, failure = null) {
  const { attempt } = room;
  let shown = null;
  const update = () => shown?.update(attempt.waiting);
  clearInterval(room.watch);
  room.put(() => {
    shown = movedScreen({ failure, onLogin: () => loginAgain(room) });
    update();
    return shown.nodes;
  });
  room.onProgress = update;
  if (!attempt.sender) deliverAside(room, attempt);
}

async function deliverAside(room, attempt) {
  while (room.attempt === attempt && attempt.stored) {
    await room.deliverLeft();
    if (attempt.stored) await pause(ASIDE_AGAIN_MS);
  }
}

export function showOtherTab(room) {
  room.put(() => otherTabScreen({ onHere: () => location.reload() }));
}
