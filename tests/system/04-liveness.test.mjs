// Pings, deadlines and silence: RFC 7395 sections 3.7 and 3.8. Cases K1 to K4
// and A9, with short times.
import assert from "node:assert/strict";
import test from "node:test";
import { Stream } from "./support/stream.mjs";
import { Wire, opcode } from "./support/wire.mjs";
import { withServer, within } from "./support/server.mjs";

const accounts = ["romeo"];
const withTimes = (websocket, body) =>
  withServer({ accounts, config: { websocket } }, body);
/// Long before the defaults of all timers.
const soon = (promise) => within(promise, "the end of the stream", 5_000);

test("a ping is answered with its payload", () =>
  withServer({}, async (server) => {
    const { wire } = await Stream.connect(server.ws);
    wire.sendFrame(opcode.ping, "payload");
    const { code, payload } = await wire.frame();
    assert.equal(code, opcode.pong);
    assert.equal(payload.toString(), "payload");
  }));

test("a silent client is pinged and may go on once it answers", () =>
  withTimes({ pingInterval: "200ms", pongTimeout: "1s" }, async (server) => {
    const stream = await Stream.login(server, "romeo");
    for (let i = 0; i < 3; ++i) {
      const { code, payload } = await stream.wire.frame();
      assert.equal(code, opcode.ping);
      stream.wire.sendFrame(opcode.pong, payload);
    }
    await stream.close();
  }));

test("a client that answers no ping loses its connection", () =>
  withTimes({ pingInterval: "200ms", pongTimeout: "200ms" }, async (server) => {
    const stream = await Stream.login(server, "romeo");
    assert.equal((await stream.wire.frame()).code, opcode.ping);
    let frame;
    do frame = await stream.wire.frame();
    while (frame);
    await server.logged(/stream_ended .*pong-timeout/);
  }));

test("a client that only answers pings ends as connection-timeout", () =>
  withTimes(
    { pingInterval: "150ms", pongTimeout: "10s", idleTimeout: "1s" },
    async (server) => {
      const stream = await Stream.login(server, "romeo");
      await stream.expectIdleEnd();
    },
  ));

test("at half the idle time an SM client is asked for an ack", () =>
  withTimes({ pingInterval: "0s", idleTimeout: "2s" }, async (server) => {
    const stream = await Stream.login(server, "romeo");
    await stream.enable();
    for (let i = 0; i < 3; ++i) {
      await stream.expect(/^<r /);
      stream.send("<a xmlns='urn:xmpp:sm:3' h='0'/>");
    }
    await stream.close();
  }));

test("a TCP client that sends nothing is cut off", () =>
  withTimes({ handshakeTimeout: "300ms" }, async (server) => {
    const wire = await Wire.connect(server.ws);
    assert.equal(await soon(wire.frame()), null);
  }));

test("a WebSocket that never opens a stream is closed", () =>
  withTimes({ handshakeTimeout: "300ms" }, async (server) => {
    const stream = await Stream.connect(server.ws);
    await soon(stream.expectClose(1008));
  }));

test("a stream that does not log in ends as connection-timeout", () =>
  // The handshake timer must not be the one that ends it.
  withTimes(
    { authTimeout: "300ms", handshakeTimeout: "60s" },
    async (server) => {
      const stream = await Stream.connect(server.ws);
      await stream.open();
      await soon(stream.expectError("connection-timeout"));
    },
  ));

test("without idle timeout a silent client stays", () =>
  withTimes(
    { pingInterval: "200ms", pongTimeout: "1s", idleTimeout: "0s" },
    async (server) => {
      const stream = await Stream.login(server, "romeo");
      for (let i = 0; i < 5; ++i) {
        const { code, payload } = await stream.wire.frame();
        assert.equal(code, opcode.ping);
        stream.wire.sendFrame(opcode.pong, payload);
      }
      await stream.close();
    },
  ));
