// What looking at a node costs that is at work: two thousand sessions exchange
// messages at a fixed rate, windows with and without inspection take turns, and
// the CPU per message of both is told, beside how long each answer took. Those
// who look are causewayctl, a web console whose views are opened in turn, and
// Prometheus. A line of JSON on stdout; exit code 1 if a limit is broken, 2 if it
// could not run.
// usage: node inspection.mjs [PAIRS] [RATE] [ROUNDS]
import { execFile, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Admin, adminConfig } from "../support/admin.mjs";
import { Server, eventually } from "../support/server.mjs";

const pairs = Number(process.argv[2] ?? 1000);
const rate = Number(process.argv[3] ?? 8000);
const rounds = Number(process.argv[4] ?? 12);
const windowSeconds = 10;
/// Between two looks of `actors` and `sessions`, of `top`, and of Prometheus.
const listSeconds = 5;
const topSeconds = 2;
const scrapeSeconds = 5;
/// As the console does: its figures, whatever view is open, and each view.
const figuresSeconds = 2;
const limits = { seconds: 1, ratio: 1.1 };
const accounts = Math.ceil((2 * pairs) / 20);
const loader =
  process.env.CAUSEWAY_LOAD ??
  path.join(process.env.CAUSEWAY_BUILD, "causeway-load");

const say = (text) => console.error(`inspection: ${text}`);
const server = new Server({
  ...adminConfig,
  listeners: [{ address: "127.0.0.1:0" }],
  domains: {
    localhost: { auth: ["SCRAM-SHA-1", "PLAIN"], scramIterations: 4096 },
  },
  log: { level: "warn" },
});

/// Seconds of CPU of the process.
function cpu() {
  const stat = fs.readFileSync(`/proc/${server.process.pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function figures() {
  const { counters } = await server.query("status");
  return { cpu: cpu(), messages: counters.stanzas_in };
}

/// Runs `work` again and again until the window is over.
async function every(seconds, end, work) {
  while (Date.now() < end) {
    const next = Date.now() + 1000 * seconds;
    await work();
    await pause(Math.max(0, Math.min(next, end) - Date.now()));
  }
}

const times = {};
const sizes = {};
let admin;

/// Runs `work`, which returns a text, and keeps how long it took.
async function timed(name, work) {
  const began = performance.now();
  const text = await work();
  (times[name] ??= []).push((performance.now() - began) / 1000);
  sizes[name] = text.length;
}

/// What causewayctl prints.
const ctl = (...args) => {
  const socket = path.join(server.folder, "causeway.sock");
  return new Promise((resolve, reject) =>
    execFile(
      path.join(server.build, "causewayctl"),
      ["--socket", socket, "--json", ...args],
      { maxBuffer: 256 << 20 },
      (error, stdout) => (error ? reject(error) : resolve(stdout)),
    ),
  );
};

async function fetched(target, options = {}) {
  const token = admin.tokens.reader;
  const { status, body } = await admin.request(target, { token, ...options });
  if (status !== 200) throw new Error(`${target}: ${status} ${body}`);
  return body;
}

const posted = (command, keys = {}) =>
  fetched("/api", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ command, ...keys }),
  });

/// What the views of the console ask for, and how often: see
/// actors/inspect/console.
const views = [
  {
    seconds: 2,
    ask: () => [
      timed("console overview", () => posted("status")),
      timed("console readyz", () => fetched("/readyz")),
    ],
  },
  {
    seconds: 5,
    ask: () => [
      timed("console sessions", () => posted("sessions", { limit: 1000 })),
    ],
  },
  {
    seconds: 5,
    ask: () => [
      timed("console actors", () => posted("actors", { depth: 16, limit: 200 })),
    ],
  },
  {
    seconds: 10,
    ask: () => [
      timed("console configuration", () => posted("config", { verb: "show" })),
      timed("console configuration", () => posted("config", { verb: "history" })),
    ],
  },
  {
    seconds: 2,
    ask: () => [timed("console log", () => posted("log", { limit: 1000 }))],
  },
];

/// Each view is open for as long as the others.
async function lookByConsole(seconds) {
  const end = Date.now() + 1000 * seconds;
  const showViews = async () => {
    for (const [i, view] of views.entries()) {
      const close = end - (1000 * seconds * (views.length - 1 - i)) / views.length;
      await every(view.seconds, close, () => Promise.all(view.ask()));
    }
  };
  await Promise.all([
    every(figuresSeconds, end, () =>
      timed("console figures", () => fetched("/metrics")),
    ),
    showViews(),
  ]);
}

/// How long until the first line of a trace, which goes on for the window.
function trace(seconds) {
  const socket = path.join(server.folder, "causeway.sock");
  const began = performance.now();
  const child = spawn(path.join(server.build, "causewayctl"), [
    ...["--socket", socket, "trace", "--jid", "load0@localhost"],
    ...["--seconds", `${seconds}`, "--bytes", `${64 << 20}`],
  ]);
  let lines = 0;
  child.stdout.on("data", (chunk) => {
    if (lines === 0)
      (times.trace ??= []).push((performance.now() - began) / 1000);
    lines += chunk.toString().split("\n").length - 1;
  });
  return new Promise((resolve) => child.once("exit", () => resolve(lines)));
}

async function look(seconds) {
  const end = Date.now() + 1000 * seconds;
  const all = ["--limit", "1000000"];
  const [lines] = await Promise.all([
    trace(seconds),
    every(listSeconds, end, () => timed("actors", () => ctl("actors", ...all))),
    every(listSeconds, end, () => timed("sessions", () => ctl("sessions", ...all))),
    every(topSeconds, end, () => timed("top", () => ctl("top"))),
    every(scrapeSeconds, end, () => timed("scrape", () => fetched("/metrics"))),
    lookByConsole(seconds),
  ]);
  return lines;
}

const median = (x) => [...x].sort((a, b) => a - b)[Math.floor(x.length / 2)];

async function measure(work) {
  const before = await figures();
  const lines = await work(windowSeconds);
  const after = await figures();
  const messages = after.messages - before.messages;
  const us = (1e6 * (after.cpu - before.cpu)) / messages;
  return { us, messages, lines };
}

async function run() {
  say(`making ${accounts} accounts`);
  await server.addAccounts(
    ...Array.from({ length: accounts }, (_, i) => `load${i}`),
  );
  const seconds = 20 + 2 * rounds * (windowSeconds + 3);
  const load = spawn(loader, [
    ...["--url", server.ws, "--user-format", "load%d", "--password", "secret"],
    ...["--accounts", `${accounts}`, "--pairs", `${pairs}`, "--sm", "on"],
    ...["--mode", "open", "--rate", `${rate}`, "--duration", `${seconds}`],
    ...["--settle", "0", "--warmup", "1", "--presence", "off", "--json"],
  ]);
  load.stderr.on("data", (chunk) => process.stderr.write(chunk));
  await eventually(
    "all are logged in and send",
    async () => {
      const { sessions, counters } = await server.query("status");
      return sessions === 2 * pairs && counters.stanzas_in > rate;
    },
    300_000,
  );
  await pause(3000);
  const quiet = [];
  const looked = [];
  let lines = 0;
  for (let i = 0; i < rounds; ++i) {
    quiet.push(await measure((x) => pause(1000 * x)));
    looked.push(await measure(look));
    lines += looked.at(-1).lines;
    say(`${quiet.at(-1).us.toFixed(2)} us, ${looked.at(-1).us.toFixed(2)} us`);
  }
  load.kill();
  // The medians of pairs of windows: a slow moment of the machine hits both.
  const ratio = median(looked.map((x, i) => x.us / quiet[i].us));
  const slowest = {};
  for (const [name, all] of Object.entries(times))
    slowest[name] = { median: median(all), worst: Math.max(...all), n: all.length };
  return {
    sessions: 2 * pairs,
    messagesPerSecond: median(quiet.map((x) => x.messages)) / windowSeconds,
    quietUs: median(quiet.map((x) => x.us)),
    lookedUs: median(looked.map((x) => x.us)),
    ratio,
    seconds: slowest,
    bytes: sizes,
    traceLines: lines,
  };
}

try {
  await server.start();
  admin = await Admin.of(server);
  const result = await run();
  server.process.kill("SIGKILL");
  console.log(JSON.stringify(result));
  const isSlow = Object.values(result.seconds).some(
    (x) => x.worst > limits.seconds,
  );
  process.exit(isSlow || result.ratio > limits.ratio ? 1 : 0);
} catch (error) {
  server.abandon();
  say(error.stack);
  process.exit(2);
}
