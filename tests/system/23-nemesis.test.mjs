// Connections, links and the process break by chance, and no message is lost,
// doubled or out of order (tools/nemesis, in short); and the ledger that says
// so would see it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { Ledger } from "./nemesis/ledger.mjs";

const main = fileURLToPath(new URL("nemesis/main.mjs", import.meta.url));

/// Runs it with these arguments; returns its summary.
async function nemesis(...args) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nemesis-"));
  const log = path.join(folder, "log");
  const command = [main, "--json", "--log", log, ...args];
  const { code, stdout, stderr } = await new Promise((resolve) =>
    execFile(
      process.execPath,
      command,
      { maxBuffer: 64 << 20 },
      (error, stdout, stderr) =>
        resolve({ code: error ? error.code : 0, stdout, stderr }),
    ),
  );
  assert.equal(code, 0, `${stderr}\nlogs: ${folder}`);
  fs.rmSync(folder, { recursive: true });
  return JSON.parse(stdout);
}

function checkSummary({ messages, sessions, events, problems }) {
  assert.deepEqual(problems, []);
  assert.ok(messages.sent > 500, `${messages.sent} sent`);
  assert.equal(messages.arrived, messages.sent);
  assert.equal(messages.acked, messages.sent);
  assert.ok(messages.resent > 0, "some were on their way when it broke");
  assert.ok(sessions.resumed > 20, `${sessions.resumed} resumed`);
  assert.equal(sessions.lost, 0);
  for (const [event, count] of Object.entries(events))
    assert.ok(count > 0, `${event} happened`);
}

const short = ["--duration", "20", "--clients", "12", "--seed", "1"];

test("nothing is lost in front of real servers", async () => {
  checkSummary(await nemesis(...short, "--only", "prosody,ejabberd"));
});

test("nothing is lost in a domain of its own", async () => {
  const events = "drop,stall,switch,freeze,kill";
  checkSummary(await nemesis(...short, "--only", "local", "--events", events));
});

const send = (ledger) =>
  ledger.create("a", "b", { address: "b@local", padding: 1 });
const kinds = (ledger) => ledger.problems.map(({ what }) => what);

test("the ledger sees what is lost, doubled or out of order", () => {
  const ledger = new Ledger();
  const messages = Array.from({ length: 6 }, () => send(ledger));
  const texts = messages.map(({ text }) => text);
  for (const message of messages.slice(0, 5)) ledger.acked(message);
  for (const i of [0, 2, 1]) ledger.arrived("b", 1, texts[i]);
  assert.deepEqual(kinds(ledger), ["out of order"]);
  ledger.arrived("b", 1, texts[2]);
  ledger.arrived("c", 1, texts[3]);
  const error = texts[4].replace("type='chat'", "type='error'");
  ledger.arrived("a", 1, error);
  assert.deepEqual(kinds(ledger).slice(1), ["doubled", "unknown", "returned"]);
  assert.ok(!ledger.settled);
  ledger.close();
  assert.deepEqual(kinds(ledger).slice(4), ["lost", "lost", "stuck"]);
});

test("the ledger knows what nobody can promise", () => {
  const ledger = new Ledger();
  const [acked, doubtful] = [send(ledger), send(ledger)];
  const { text } = acked;
  ledger.acked(acked);
  ledger.inDoubt(doubtful);
  // What a lost session had not acked comes again in the next one.
  ledger.arrived("b", 1, text);
  ledger.arrived("b", 2, text);
  ledger.close();
  assert.ok(ledger.settled);
  assert.deepEqual(ledger.problems, []);
  assert.equal(ledger.counts.again, 1);
});
