// An exam PC that takes part in a rehearsal: asks for its share of the students, plays them at the times of the plan,
// and sends what it measured. Latency counts from the time a request was due, or from the student's step before it.
const PAUSE_MS = 1000;
const MOST_TRIES = 40;
const SILENT = 10;

const sleep = (ms) => new Promise((done) => setTimeout(done, Math.max(0, ms)));

function show(state) {
  for (const line of document.querySelectorAll("[data-state]")) line.hidden = line.dataset.state !== state;
}

async function call(method, path, body, bearer) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (bearer) headers.Authorization = `Bearer ${bearer}`;
  const answer = await fetch(path, { method, headers, cache: "no-store", credentials: "omit", body: body === undefined ? undefined : JSON.stringify(body) });
  return { status: answer.status, data: await answer.json().catch(() => ({})) };
}

// Comes back when told to, as the exam room does; `expected` is the status that means all is well.
async function patient(method, path, body, bearer, expected = 200) {
  for (let turn = 0; turn < MOST_TRIES; turn += 1) {
    const answer = await call(method, path, body, bearer);
    if (answer.status === expected) return answer.data;
    if (answer.status !== 429 && answer.status !== 503) throw new Error(String(answer.status));
    await sleep(1000 * Number(answer.data.retry_after_s ?? 1));
  }
  throw new Error("503");
}

function student(plan, { number, attempt, place }) {
  let seat = "";
  let sequence = 0;
  const at = `/api/v1/attempts/${attempt}`;
  return {
    async login() {
      if (place % 20 === 3) await patient("POST", "/api/v1/login", { number, password: "SALAH234" }, "", 401);
      const { ticket } = await patient("POST", "/api/v1/login", { number, password: plan.password });
      if (place % 20 === 11) await patient("POST", "/api/v1/admission", { token: "222222" }, ticket, 403);
      ({ seat } = await patient("POST", "/api/v1/admission", { token: plan.token }, ticket));
    },
    async start() {
      const { paper } = await patient("POST", `${at}/start`, {}, seat);
      await patient("GET", paper);
    },
    async save() {
      const { question, value } = plan.answers[(sequence + attempt) % plan.answers.length];
      sequence += 1;
      const item = { sequence, question, value, doubtful: false, age_ms: 3 };
      await patient("POST", `${at}/answers`, { items: [item], position: question }, seat);
    },
    finish: () => patient("POST", `${at}/finish`, {}, seat),
  };
}

// Every step of one student: [phase, milliseconds from the beginning].
function steps(plan, place, students) {
  return plan.phases.flatMap(({ name, begins_s, length_s, every_s }) => {
    const first = begins_s + (Math.min(length_s, every_s) * place) / students;
    const times = [];
    for (let due = first; due < begins_s + length_s || !times.length; due += every_s) times.push([name, 1000 * due]);
    return times;
  });
}

async function play(plan) {
  const began = performance.now() + plan.in_ms;
  const found = Object.fromEntries(plan.phases.map(({ name }) => [name, { answers: [], failed: 0 }]));
  await Promise.all(plan.students.map(async (who, place) => {
    const acts = student(plan, who);
    for (const [phase, due] of steps(plan, place, plan.students.length)) {
      await sleep(began + due - performance.now());
      const from = Math.max(due, performance.now() - began - 50);
      try {
        await acts[phase]();
        found[phase].answers.push([due / 1000, (performance.now() - began - from) / 1000]);
      } catch {
        found[phase].failed += 1;
      }
    }
  }));
  return found;
}

async function waitForPlan(guest) {
  for (let silent = 0; silent < SILENT; ) {
    try {
      const { status, data } = await call("GET", `/gladi/rencana/${guest}`);
      if (status !== 200) throw new Error(String(status));
      if (data.plan) return data.plan;
      silent = 0;
    } catch {
      silent += 1;
    }
    await sleep(PAUSE_MS);
  }
  throw new Error("silent");
}

try {
  const { guest } = await patient("POST", "/gladi/ikut", {});
  document.querySelector("[data-guest]").textContent = guest;
  show("gather");
  const plan = await waitForPlan(guest);
  show("work");
  await patient("POST", `/gladi/hasil/${guest}`, await play(plan));
  show("done");
} catch {
  show("lost");
}
