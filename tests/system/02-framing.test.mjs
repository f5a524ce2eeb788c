// WebSocket frames as they come over the wire: RFC 6455 sections 5 and 7,
// RFC 7395 sections 3.2 and 3.6. Cases F1 to F14.
import assert from "node:assert/strict";
import test from "node:test";
import {
  Stream,
  closeElement,
  ns,
  openElement,
} from "./support/stream.mjs";
import { Wire, encodeFrame, opcode } from "./support/wire.mjs";
import { withServer } from "./support/server.mjs";

const accounts = ["romeo"];

test("open and features are two messages, and restart keeps order", () =>
  withServer({ accounts }, async (server) => {
    const stream = await Stream.connect(server.ws);
    await stream.open();
    assert.match(stream.features, /<mechanism>SCRAM-SHA-256<\/mechanism>/);
    assert.doesNotMatch(stream.features, /starttls|urn:xmpp:sm:3/);
    const first = stream.id;
    await stream.authenticate("romeo");
    await stream.open();
    assert.notEqual(stream.id, first);
    assert.match(stream.features, /<bind [^>]*xmpp-bind/);
    assert.match(stream.features, /<sm [^>]*urn:xmpp:sm:3/);
    await stream.bind("orchard");
    assert.equal(stream.jid, "romeo@localhost/orchard");
    await stream.close();
  }));

test("a message may come in fragments with a ping between them", () =>
  withServer({}, async (server) => {
    const stream = await Stream.connect(server.ws);
    const text = openElement();
    stream.wire.sendFrame(opcode.text, text.slice(0, 7), { fin: false });
    stream.wire.sendFrame(opcode.ping, "now");
    const pong = await stream.wire.frame();
    assert.equal(pong.code, opcode.pong);
    assert.equal(pong.payload.toString(), "now");
    stream.wire.sendFrame(opcode.continuation, "", { fin: false });
    stream.wire.sendFrame(opcode.continuation, text.slice(7));
    await stream.expect(/^<open /);
  }));

test("bytes may come one by one", () =>
  withServer({}, async (server) => {
    const stream = await Stream.connect(server.ws);
    for (const byte of encodeFrame(opcode.text, openElement()))
      stream.wire.send(Buffer.from([byte]));
    await stream.expect(/^<open /);
  }));

test("many messages in one segment are answered in order", () =>
  withServer({ accounts }, async (server) => {
    const stream = await Stream.login(server, "romeo");
    const ping = (id) =>
      encodeFrame(
        opcode.text,
        `<iq xmlns='jabber:client' type='get' id='${id}' to='localhost'>` +
          `<ping xmlns='urn:xmpp:ping'/></iq>`,
      );
    const ids = Array.from({ length: 500 }, (_, i) => `p${i}`);
    stream.wire.send(Buffer.concat(ids.map(ping)));
    for (const id of ids)
      await stream.expect(new RegExp(`^<iq .*\\bid=['"]${id}['"]`));
    await stream.close();
  }));

/// Declares a test: after these bytes the WebSocket closes with this code.
function closes(claim, code, bytes) {
  test(claim, () =>
    withServer({ accounts }, async (server) => {
      const stream = await Stream.connect(server.ws);
      stream.wire.send(bytes);
      await stream.expectClose(code);
    }),
  );
}

closes("a binary message closes with 1003", 1003,
  encodeFrame(opcode.binary, openElement()));
closes("an unmasked frame closes with 1002", 1002,
  encodeFrame(opcode.text, openElement(), { mask: false }));
closes("text that is not UTF-8 closes with 1007", 1007,
  encodeFrame(opcode.text, Buffer.from("<open a='\xff'/>", "latin1")));
closes("an unknown opcode closes with 1002", 1002, encodeFrame(3, "x"));
closes("a continuation of nothing closes with 1002", 1002,
  encodeFrame(opcode.continuation, "x"));
closes("a fragmented ping closes with 1002", 1002,
  encodeFrame(opcode.ping, "x", { fin: false }));
closes("a header that announces too much closes with 1009", 1009,
  encodeFrame(opcode.text, Buffer.alloc(9000, " ")).subarray(0, 8));

/// A message of this many bytes; answered with an error, since there is no
/// such account.
function sized(bytes) {
  const [head, tail] = [
    "<message xmlns='jabber:client' type='chat' to='nobody@localhost'><body>",
    "</body></message>",
  ];
  return head + "x".repeat(bytes - head.length - tail.length) + tail;
}

test("before login 8192 bytes are a message and one more is 1009", () =>
  withServer({}, async (server) => {
    const padded = (size) => {
      const [head, tail] = [openElement().slice(0, -2), "/>"];
      return head + " ".repeat(size - head.length - tail.length) + tail;
    };
    const fits = await Stream.connect(server.ws);
    fits.send(padded(8192));
    await fits.expect(/^<open /);

    const exceeds = await Stream.connect(server.ws);
    exceeds.send(padded(8193));
    await exceeds.expectClose(1009);
  }));

test("after login 256 KiB are a message and one more is 1009", () =>
  withServer({ accounts }, async (server) => {
    const stream = await Stream.login(server, "romeo");
    stream.send(sized(256 * 1024));
    await stream.expect(/^<message .*type=['"]error/);
    stream.send(sized(256 * 1024 + 1));
    await stream.expectClose(1009);
  }));

test("the size limit holds over all fragments of a message", () =>
  withServer({}, async (server) => {
    const stream = await Stream.connect(server.ws);
    stream.wire.sendFrame(opcode.text, "<open ", { fin: false });
    const blank = " ".repeat(5000);
    stream.wire.sendFrame(opcode.continuation, blank, { fin: false });
    stream.wire.sendFrame(opcode.continuation, blank, { fin: false });
    await stream.expectClose(1009);
  }));

/// Declares a test: this text as first message ends the stream like this.
function breaks(claim, condition, text) {
  test(claim, () =>
    withServer({}, async (server) => {
      const stream = await Stream.connect(server.ws);
      stream.send(text);
      await stream.expect(/^<open /);
      await stream.expectError(condition);
    }),
  );
}

breaks("an open for an unknown host is host-unknown", "host-unknown",
  openElement("elsewhere.example"));
breaks("a stream header of TCP is refused", "invalid-namespace",
  "<stream:stream xmlns='jabber:client' to='localhost' version='1.0' " +
    "xmlns:stream='http://etherx.jabber.org/streams'/>");
breaks("an open in another namespace is refused", "invalid-namespace",
  "<open xmlns='bad' to='localhost' version='1.0'/>");
breaks("text that is no XML is not-well-formed", "not-well-formed", "<open");

test("a document type is restricted-xml", () =>
  withServer({}, async (server) => {
    const stream = await Stream.connect(server.ws);
    await stream.open();
    stream.send("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>");
    await stream.expectError("restricted-xml");
  }));

test("a stanza before login is not-authorized", () =>
  withServer({}, async (server) => {
    const stream = await Stream.connect(server.ws);
    await stream.open();
    stream.message("romeo@localhost", "now");
    await stream.expectError("not-authorized");
  }));

test("the client may close the stream", () =>
  withServer({ accounts }, async (server) => {
    const stream = await Stream.login(server, "romeo");
    stream.send(closeElement);
    await stream.expect(new RegExp(`^<close [^>]*${ns.framing}`));
    await stream.expectClose(1000);
  }));

test("a close frame of the client is answered with its code", () =>
  withServer({ accounts }, async (server) => {
    const stream = await Stream.login(server, "romeo");
    stream.wire.sendFrame(opcode.close, Buffer.from([0x03, 0xe9]));
    const frame = await stream.wire.frame();
    assert.equal(frame.code, opcode.close);
    assert.equal(frame.payload.readUInt16BE(0), 1001);
    assert.equal(await stream.wire.frame(), null);
  }));

test("a server that closes does not wait forever for the client", () => {
  const config = { websocket: { closeTimeout: "300ms" } };
  return withServer({ config }, async (server) => {
    const stream = await Stream.connect(server.ws);
    stream.send("<open");
    await stream.until(/^<close /);
    assert.equal((await stream.wire.frame()).code, opcode.close);
    // Here the client owes its close frame.
    assert.equal(await stream.wire.frame(), null);
  });
});

test("a connection that breaks off leaves nothing behind", () =>
  withServer({ accounts }, async (server) => {
    const stream = await Stream.login(server, "romeo");
    stream.wire.cut();
    await server.logged(/stream_ended .*romeo@localhost/);
    const half = await Wire.connect(server.ws);
    half.send("GET /ws/ HTTP/1.1\r\nHost: x\r\n");
    half.cut();
    const next = await Stream.login(server, "romeo");
    await next.close();
  }));
