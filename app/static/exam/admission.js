// From the login card to a seat: log in, confirm the data, type the token; and the move to another computer.

import { admit, isTemporary, login, Problem, requestReset } from "./api.js";
import { confirmScreen, loginScreen, seatScreen } from "./entry_screens.js";
import { say } from "./words.js";

const ASK_AGAIN_MS = 4000;

/** The login screen. The number stays in its field when the server refused. */
export function showLogin(room, { number = "", failure = null, again = false } = {}) {
  const notices = () => [
    again && say("login_again"),
    room.left > 0 && say("waiting_elsewhere", { count: room.left }),
    room.journal.kind === "memory" && say("storage_off"),
  ].filter(Boolean);
  room.put(() => loginScreen({ number, notices: notices(), failure, onLogin: (typed, password) => logIn(room, typed, password) }));
}

/** Back to the login with the journal untouched. */
export async function loginAgain(room) {
  const number = room.session?.participant?.number || "";
  await room.forget();
  showLogin(room, { number, again: true });
}

async function logIn(room, number, password) {
  try {
    const { ticket, participant, sitting, state } = await room.insist(() => login(number, password), { back: true });
    room.password = password; // only in memory, for a request to move here
    await room.remember({ ticket, number, participant, sitting, state });
    showConfirm(room);
  } catch (failure) {
    if (isSeatTaken(failure)) return showSeatTaken(room, { number, password, failure });
    if (!(failure instanceof Problem)) return failure.left ? showLogin(room, { number }) : room.trouble(failure, () => showLogin(room, { number }));
    return showLogin(room, { number, failure });
  }
  return null;
}

/** Konfirmasi Data Peserta with the token. */
export function showConfirm(room, failure = null) {
  const { participant, sitting } = room.session;
  const leave = async () => {
    await room.forget();
    showLogin(room);
  };
  room.put(() => confirmScreen({ participant, sitting, failure, onToken: (token) => enter(room, token), onLeave: leave }));
}

/** Claim the seat. */
export async function enter(room, token) {
  const { ticket, number } = room.session;
  try {
    const { attempt, seat, state } = await room.insist(() => admit(ticket, token), { working: room.session.state === "working" });
    const seats = (await room.journal.kept(`seats:${attempt}`)) || {};
    await room.remember({ attempt, seat, state, seats });
    await room.resume();
  } catch (failure) {
    if (isSeatTaken(failure) && room.password) return showSeatTaken(room, { number, password: room.password, failure });
    if (failure.status === 401) return showLogin(room, { number, failure });
    if (!(failure instanceof Problem)) return room.trouble(failure, () => showConfirm(room));
    return showConfirm(room, failure);
  }
  return null;
}

const isSeatTaken = (failure) => failure instanceof Problem && failure.status === 409 && failure.body.reset_request === true;

function showSeatTaken(room, { number, password, failure, stage = "offer" }) {
  const ask = () => askForMove(room, number, password);
  room.put(() => seatScreen({ stage, failure, onAsk: ask, onBack: () => { room.asking = null; showLogin(room, { number }); } }));
}

// Only the server's answer makes it a request; from then on the page asks until the proctor has answered.
async function askForMove(room, number, password) {
  const asking = {};
  room.asking = asking;
  const current = () => room.asking === asking;
  try {
    let { state } = await room.insist(() => requestReset(number, password), { back: true, working: true });
    if (current() && state === "waiting") showSeatTaken(room, { number, password, failure: null, stage: "asked" });
    while (current() && state === "waiting") {
      await new Promise((next) => setTimeout(next, ASK_AGAIN_MS * (0.8 + 0.4 * Math.random())));
      if (!current()) return;
      state = await requestReset(number, password).then((answer) => answer.state, stillWaiting);
    }
    if (current() && state === "approved") await logIn(room, number, password);
    if (current() && state === "refused") showSeatTaken(room, { number, password, failure: null, stage: "refused" });
  } catch (failure) {
    if (current()) showLogin(room, { number, failure: failure instanceof Problem ? failure : null });
  }
}

// The request is in the server's book: while the server is away it only takes longer.
function stillWaiting(failure) {
  if (isTemporary(failure)) return "waiting";
  throw failure;
}
