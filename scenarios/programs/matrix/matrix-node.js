#!/usr/bin/env node
// matrix-node.js - as Node's documentation has it: an AbortController, timers that take its signal, try/finally.
// The limit is what packages such as p-limit do: a list of those who wait.
const fs = require("fs");
const { setTimeout: sleep, setImmediate: turn } = require("timers/promises");

const SLOTS = 4, TASKS = 12, WORK = 1000, GOODBYE = 20;

const events = Number(process.env.SIGSWEEP_EVENTS);
function event(line) {
  if (events) fs.writeSync(events, line + "\n");
}

function limiter(slots) {
  const waiting = [];
  return async (job) => {
    if (slots > 0) slots--;
    else await new Promise((go) => waiting.push(go));
    try {
      return await job();
    } finally {
      if (waiting.length > 0) waiting.shift()();
      else slots++;
    }
  };
}

async function compute(signal) {
  for (const end = Date.now() + WORK; Date.now() < end; ) {
    for (let i = 0, sum = 0; i < 100000; i++) sum += i;
    await turn(undefined, { signal });
  }
}

async function job(n, signal) {
  try {
    signal.throwIfAborted();
    fs.writeFileSync(`${n}.tmp`, "");
    event(`cleanup.arm id=${n} name=tmp`);
    try {
      event(`task.start id=${n}`);
      await (n % 2 ? compute(signal) : sleep(WORK, undefined, { signal }));
    } finally {
      event(`cleanup.begin id=${n} name=tmp`);
      await sleep(GOODBYE);
      fs.unlinkSync(`${n}.tmp`);
      event(`cleanup.end id=${n} name=tmp rc=0`);
    }
  } finally {
    event(`task.fini id=${n}`);
  }
}

const controller = new AbortController();
process.on("SIGINT", () => {
  event("cancel level=1");
  controller.abort();
  process.exitCode = 130;
});
event("ready");
event(`slots n=${SLOTS}`);
for (let n = 1; n <= TASKS; n++) event(`task.queue id=${n}`);
const limit = limiter(SLOTS);
Promise.allSettled(Array.from({ length: TASKS }, (_, i) => limit(() => job(i + 1, controller.signal))));
