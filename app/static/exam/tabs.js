// One tab works on an attempt at a time: the newest. An older tab stores what is being typed, stops, and says so.
//
// This is for the student's sake only. Numbers in the journal stay unique even if two tabs write at once (storage.js).

const NAME = "guyub-exam";

/**
 * Claim `attempt` for this tab. `onTaken()` (may be async) is called when another tab claims it; `onOther()` when this
 * tab learns that another had it until now. Gives a function that lets go.
 */
export function claimAttempt(attempt, { onTaken, onOther }) {
  const me = `${Date.now()}-${Math.random()}`;
  const line = openLine((message) => hear(message));
  line.say({ claims: attempt, tab: me });

  async function hear(message) {
    if (message.tab === me) return;
    if (message.claims === attempt) {
      await onTaken();
      line.say({ yields: attempt, tab: me, to: message.tab });
      line.close();
    } else if (message.yields === attempt && message.to === me) {
      onOther();
    }
  }
  return () => line.close();
}

// BroadcastChannel, or the storage event where a browser is too old for it.
function openLine(hear) {
  if (typeof BroadcastChannel === "function") {
    const channel = new BroadcastChannel(NAME);
    channel.onmessage = (event) => hear(event.data);
    return { say: (message) => channel.postMessage(message), close: () => channel.close() };
  }
  const listen = (event) => { if (event.key === NAME && event.newValue) hear(JSON.parse(event.newValue)); };
  self.addEventListener("storage", listen);
  const say = (message) => { try { localStorage.setItem(NAME, JSON.stringify(message)); } catch { /* alone, then */ } };
  return { say, close: () => self.removeEventListener("storage", listen) };
}
