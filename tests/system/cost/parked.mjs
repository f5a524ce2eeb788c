// What sessions cost that wait for their clients, and how fast they all come
// back: parks many, tells their memory, and resumes them in one storm. A line of
// JSON on stdout; exit code 1 if one of them could not be resumed or they cost
// too much, 2 if it could not run. usage: node parked.mjs [SESSIONS]
//
// What a session costs is the larger one of two figures: by how much the process
// grows, which is too little where its heap had much free before, and by how
// much its heap is used, which does not see the gaps.
import fs from "node:fs";
import { Connection } from "../nemesis/connection.mjs";
import { Server, eventually, within } from "../support/server.mjs";
import { attribute, ns } from "../support/stream.mjs";

const sessions = Number(process.argv[2] ?? 10_000);
/// As many as one account may have parked, unless configured otherwise.
const perAccount = 8;
/// Logins at a time; and so many are connected at a time before they park, so
/// that the memory of connections is used again and does not count.
const parallel = 64;
const batch = 200;
const long = 120_000;
/// KiB that a session may cost.
const limit = 8;
const domain = "localhost";

const say = (text) => console.error(`parked: ${text}`);
const server = new Server({
  listeners: [{ address: "127.0.0.1:0" }],
  // What a login costs is not the question here.
  domains: { [domain]: { auth: ["SCRAM-SHA-1", "PLAIN"], scramIterations: 4096 } },
  log: { level: "warn" },
});
const userOf = (i) => `load${Math.floor(i / perAccount)}`;

/// Proportional set size of the process, and what of its heap is in use, in KiB.
async function memory() {
  const { heap_used } = (await server.query("status")).memory;
  const text = fs.readFileSync(`/proc/${server.process.pid}/smaps_rollup`, "utf8");
  const pss = Number(text.match(/^Pss:\s+(\d+) kB/m)[1]);
  return { process: pss, heap: heap_used / 1024 };
}

/// Seconds of CPU of the process.
function cpu() {
  const stat = fs.readFileSync(`/proc/${server.process.pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/// Runs `work(i)` for each number in [first, last), so many at a time.
async function each(first, last, work, workers = parallel) {
  let next = first;
  const worker = async () => {
    while (next < last) await work(next++);
  };
  await Promise.all(Array.from({ length: workers }, worker));
}

async function connect(i) {
  const connection = new Connection(server.ws);
  const login = { user: userOf(i), domain, password: "secret" };
  await connection.authenticate(login);
  return connection;
}

const isStanza = (text) => /^<(message|presence|iq)[\s>/]/.test(text);

/// A session as a client has it that has just come online.
async function begin(i) {
  const client = { handled: 0 };
  client.connection = await connect(i);
  const { id } = await client.connection.begin(`r${i}`);
  client.id = id;
  client.connection.flow((text) => {
    if (isStanza(text)) ++client.handled;
  });
  client.connection.send("<presence xmlns='jabber:client'/>");
  return client;
}

/// Acknowledges all, so that nothing is queued, and is gone.
async function park(clients) {
  const before = await parkedSoFar();
  for (const { connection, handled } of clients)
    connection.send(`<a xmlns='${ns.sm}' h='${handled}'/>`);
  // What is sent is also read: the server answers.
  await Promise.all(clients.map(answered));
  for (const { connection } of clients) connection.cut(true);
  await eventually("they are parked", async () =>
    (await parkedSoFar()) === before + clients.length, long);
}

/// Both have handled what the other one sent.
function answered(client) {
  const done = new Promise((resolve) =>
    client.connection.flow((text) => {
      if (isStanza(text)) ++client.handled;
      if (/^<a\s/.test(text)) resolve();
    }),
  );
  client.connection.send(`<r xmlns='${ns.sm}'/>`);
  return within(done, "an ack", long);
}

const counters = async () => (await server.query("status")).counters;
const parkedSoFar = async () => (await counters()).sessions_parked;

async function parkBatch(clients, first, last) {
  const fresh = [];
  await each(first, last, async (i) => fresh.push((clients[i] = await begin(i))));
  // Presence of others of the account may still be on its way.
  await Promise.all(fresh.map(answered));
  await park(fresh);
}

async function storm(clients) {
  const errors = {};
  let resumed = 0;
  const began = performance.now();
  const cpuBefore = cpu();
  const progress = setInterval(() => say(`${resumed} resumed`), 5000);
  await each(0, clients.length, async (i) => {
    try {
      const client = clients[i];
      client.connection = await connect(i);
      const answer = await client.connection.resume(client.id, client.handled);
      if (attribute(answer, "previd") !== client.id) throw new Error(answer);
      client.connection.ignore();
      ++resumed;
    } catch (error) {
      errors[error.message] = (errors[error.message] ?? 0) + 1;
    }
  });
  clearInterval(progress);
  const seconds = (performance.now() - began) / 1000;
  return { resumed, errors, seconds, serverCpuSeconds: cpu() - cpuBefore };
}

async function measure() {
  const accounts = Math.ceil(sessions / perAccount);
  say(`making ${accounts} accounts`);
  const names = Array.from({ length: accounts }, (_, i) => `load${i}`);
  await each(0, accounts, (i) => server.addAccounts(names[i]), 4);
  say(`parking ${sessions} sessions`);
  const clients = [];
  // The first of them warm the process up.
  const warm = Math.min(2 * batch, sessions / 10);
  await parkBatch(clients, 0, warm);
  const before = await memory();
  for (let i = warm; i < sessions; i += batch)
    await parkBatch(clients, i, Math.min(i + batch, sessions));
  const after = await memory();
  const grown = (what) => (after[what] - before[what]) / (sessions - warm);
  const [kibOfProcess, kibOfHeap] = [grown("process"), grown("heap")];
  const kib = Math.max(kibOfProcess, kibOfHeap);
  say(`${kib.toFixed(2)} KiB each; now all come back`);
  const cost = { kibPerParkedSession: kib, kibOfProcess, kibOfHeap };
  const result = { sessions, ...cost, ...(await storm(clients)) };
  // They are whole sessions again.
  const { sessions_parked: parked } = await counters();
  for (const { connection } of clients) connection?.cut(true);
  await eventually("they are parked again", async () =>
    (await parkedSoFar()) >= parked + result.resumed, long);
  return result;
}

try {
  await server.start();
  const result = await measure();
  await server.stop();
  console.log(JSON.stringify(result));
  const isCheap = result.kibPerParkedSession <= limit;
  process.exit(result.resumed === sessions && isCheap ? 0 : 1);
} catch (error) {
  server.abandon();
  say(error.stack);
  process.exit(2);
}
