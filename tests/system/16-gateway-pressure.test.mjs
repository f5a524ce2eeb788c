// Back-pressure through the gateway, both ways: who does not read stops the
// other side's sending; memory stays bounded, and nothing is lost.
import assert from "node:assert/strict";
import fs from "node:fs";
import test from "node:test";
import { FakeUpstream, login as playLogin } from "./support/fake_upstream.mjs";
import { login, withGateway } from "./support/gateway.mjs";
import { eventually } from "./support/server.mjs";
import { attribute } from "./support/stream.mjs";

const count = 1024;
const body = "x".repeat(64 << 10);
const total = count * body.length;

/// What may be inside causewayd and is not: windows, queues, one message.
const bound = 24 << 20;
const measurable = !process.env.CAUSEWAY_BUILD?.includes("asan");

function resident(server) {
  const status = fs.readFileSync(`/proc/${server.process.pid}/status`, "utf8");
  return Number(status.match(/^VmRSS:\s+(\d+)/m)[1]) << 10;
}

/// Waits until this socket sends no more, although it has more to send.
async function stalled(socket) {
  let before;
  let steady = 0;
  await eventually("the sender is stopped", () => {
    steady = socket.bytesWritten - socket.writableLength === before
      ? steady + 1 : 0;
    before = socket.bytesWritten - socket.writableLength;
    return steady >= 20;
  });
  assert.ok(socket.writableLength > total / 2, `${socket.writableLength} left`);
}

/// Runs `play(server, stream, peer)` with a session; checks what causewayd
/// grew by.
async function withSession(play) {
  const fake = await FakeUpstream.start(playLogin);
  const upstream = [{ address: fake.address, tls: "none" }];
  try {
    await withGateway({ upstream, fakes: [fake] }, async (server) => {
      const stream = await login(server);
      const before = resident(server);
      await play(server, stream, fake.peers[0]);
      const grown = resident(server) - before;
      console.log(`causewayd grew by ${grown >> 10} KiB`);
      if (measurable) assert.ok(grown < bound, `grew by ${grown}`);
    });
  } finally {
    await fake.stop();
  }
}

/// A client that does not read, with or without Stream Management.
const slowClient = (enable) => async (server, stream, peer) => {
  if (enable) await stream.enable();
  stream.wire.socket.pause();
  for (let i = 0; i < count; ++i)
    peer.send(`<message id='${i}'><body>${body}</body></message>`);
  const before = resident(server);
  await stalled(peer.socket);
  const grown = resident(server) - before;
  if (measurable) assert.ok(grown < bound, `grew by ${grown}`);
  stream.wire.socket.resume();
  for (let i = 0; i < count; ) {
    const text = await stream.next();
    if (text.startsWith("<r ")) {
      stream.send(`<a xmlns='urn:xmpp:sm:3' h='${i}'/>`);
      continue;
    }
    assert.equal(attribute(text, "id"), `${i++}`);
    assert.ok(text.endsWith(`<body>${body}</body></message>`));
  }
};

test("a client that does not read stops the server, and nothing is lost", () =>
  withSession(slowClient(false)));
test("the same with Stream Management", () => withSession(slowClient(true)));

test("a server that does not read stops the client, and nothing is lost", () =>
  withSession(async (server, stream, peer) => {
    peer.socket.pause();
    for (let i = 0; i < count; ++i)
      stream.message("juliet@gw.example", body, `${i}`);
    const before = resident(server);
    await stalled(stream.wire.socket);
    const grown = resident(server) - before;
    if (measurable) assert.ok(grown < bound, `grew by ${grown}`);
    peer.socket.resume();
    for (let i = 0; i < count; ++i) {
      const [text] = await peer.expect(/<message .*?<\/message>/s);
      assert.equal(attribute(text, "id"), `${i}`);
    }
  }));
