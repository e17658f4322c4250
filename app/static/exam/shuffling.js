// The order of questions and choices for one attempt, computed from its seed. The same algorithm, to the letter, is
// app/domain/shuffling.py, which also explains it; tests/unit/domain/test_shuffling.py compares the two.

/** The ids of the paper's questions in the order of the attempt. Questions of one stimulus stay together. */
export function questionOrder(paper, seed) {
  const groups = new Map();
  for (const question of paper.questions) {
    const place = question.stimulus ? "stimulus " + question.stimulus : "question " + question.id;
    if (!groups.has(place)) groups.set(place, []);
    groups.get(place).push(question.id);
  }
  const ordered = [...groups.values()];
  if (paper.shuffle !== false) shuffle(ordered, generator(seed, "paper"));
  return ordered.flat();
}

/** The ids of a question's options (single, multiple) or columns (matching; category in fixed order), in order. */
export function optionOrder(question, seed) {
  const isTable = question.type === "matching" || question.type === "category";
  const ids = ((isTable ? question.columns : question.options) || []).map((choice) => choice.id);
  if (question.type !== "category" && question.shuffle !== false) {
    shuffle(ids, generator(seed, "question " + question.id));
  }
  return ids;
}

function shuffle(items, draw) {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor((draw() * (last + 1)) / 4294967296); // exact: the product stays below 2^53
    [items[last], items[other]] = [items[other], items[last]];
  }
}

function generator(seed, label) {
  const labelHash = fnv1a(label);
  let a = mix(seed);
  let b = mix(labelHash);
  let c = mix((seed ^ labelHash) >>> 0);
  let counter = 1;
  const draw = () => {
    const output = (a + b + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = (b ^ (b >>> 9)) >>> 0;
    b = (c + (c << 3)) >>> 0;
    c = (((c << 21) | (c >>> 11)) + output) >>> 0;
    return output;
  };
  for (let skipped = 0; skipped < 12; skipped++) draw();
  return draw;
}

function fnv1a(text) {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return value;
}

function mix(value) {
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b) >>> 0;
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35) >>> 0;
  return (value ^ (value >>> 16)) >>> 0;
}
