// RFC 6455 section 4.2 and RFC 7395 section 3.1: who gets a WebSocket, and
// what everybody else is told. Cases H1 to H5.
import assert from "node:assert/strict";
import test from "node:test";
import fs from "node:fs";
import { reload } from "./support/reload.mjs";
import { Stream } from "./support/stream.mjs";
import { Wire } from "./support/wire.mjs";
import { eventually, withServer } from "./support/server.mjs";

/// The response to one request on a connection of its own.
async function ask(url, request, certificate) {
  const wire = await Wire.connect(url, { certificate });
  const response = await wire.request(url, request);
  return { wire, ...response };
}

/// Declares a test: this request gets this status.
function refuses(claim, status, request, config) {
  test(claim, () =>
    withServer({ config }, async (server) => {
      const answer = await ask(server.ws, request);
      assert.equal(answer.status, status, answer.body);
      assert.notEqual(answer.body, "");
    }),
  );
}

test("a client that offers xmpp among others gets it", () =>
  withServer({}, async (server) => {
    for (const offer of ["xmpp", "foo, xmpp", "xmpp,foo"]) {
      const headers = { "Sec-WebSocket-Protocol": offer };
      const { wire, ...answer } = await ask(server.ws, { headers });
      assert.equal(answer.status, 101);
      assert.equal(answer.headers["sec-websocket-protocol"], "xmpp");
      assert.equal(answer.headers["sec-websocket-accept"], wire.expectedAccept);
      assert.equal(answer.headers["sec-websocket-extensions"], undefined);
      wire.cut();
    }
  }));

test("the path may lack its last slash", () =>
  withServer({}, async (server) => {
    for (const [path, status] of [
      ["/ws", 101],
      ["/ws/", 101],
      ["/ws/?a=b", 101],
      ["/wsx", 404],
    ])
      assert.equal((await ask(server.ws, { path })).status, status, path);
  }));

test("the path comes from the configuration", () =>
  withServer({ config: { websocket: { path: "/xmpp/" } } }, async (server) => {
    assert.match(server.ws, /\/xmpp\/$/);
    assert.equal((await ask(server.ws)).status, 101);
    assert.equal((await ask(server.ws, { path: "/ws/" })).status, 404);
  }));

refuses("a client that does not offer xmpp is refused", 400, {
  headers: { "Sec-WebSocket-Protocol": undefined },
});
refuses("the subprotocol name is compared with its case", 400, {
  headers: { "Sec-WebSocket-Protocol": "XMPP, foo" },
});
refuses("another WebSocket version is answered with 426", 426, {
  headers: { "Sec-WebSocket-Version": "8" },
});
refuses("another path is answered with 404", 404, { path: "/elsewhere" });
refuses("another method is answered with 405", 405, { method: "POST" });
refuses("a web page of another origin is answered with 403", 403, {
  headers: { Origin: "https://elsewhere.example" },
});

test("a web page of the same host may connect", () =>
  withServer({}, async (server) => {
    const headers = { Origin: `http://${new URL(server.ws).host}` };
    assert.equal((await ask(server.ws, { headers })).status, 101);
  }));

test("listed origins may connect, others and none may not", () => {
  const websocket = {
    origins: ["https://chat.example.org"],
    allowMissingOrigin: false,
  };
  return withServer({ config: { websocket } }, async (server) => {
    for (const [origin, status] of [
      ["https://chat.example.org", 101],
      ["https://chat.example.com", 403],
      [undefined, 403],
    ]) {
      const headers = { Origin: origin };
      const answer = await ask(server.ws, { headers });
      assert.equal(answer.status, status, origin);
    }
  });
});

test("a browser that asks for the page is told how to connect", () =>
  withServer({}, async (server) => {
    const headers = { Upgrade: undefined, Connection: undefined };
    for (const key of ["Key", "Version", "Protocol"])
      headers[`Sec-WebSocket-${key}`] = undefined;
    for (const path of ["/ws/", "/"]) {
      const answer = await ask(server.ws, { headers, path });
      assert.equal(answer.status, 200);
      assert.match(answer.headers["content-type"], /^text\/html/);
      assert.match(answer.body, /Causeway/);
      assert.match(answer.body, /wss?:\/\//);
    }
  }));

test("both address families serve both schemes", () => {
  const listeners = ["127.0.0.1:0", "[::1]:0"].flatMap((address) => [
    { address },
    { address, tls: "development" },
  ]);
  return withServer({ config: { listeners } }, async (server) => {
    assert.equal(server.urls.length, 4);
    assert.equal(server.urls.filter((url) => url.includes("[::1]")).length, 2);
    for (const url of server.urls) {
      const { certificate } = server;
      const stream = await Stream.connect(url, { certificate });
      await stream.open();
      await stream.close();
    }
  });
});

test("over the connection rate new clients get 503", () => {
  const config = { websocket: { maxConnectionsPerSecond: 1 } };
  return withServer({ config }, async (server) => {
    const answers = [];
    for (let i = 0; i < 20; ++i) answers.push((await ask(server.ws)).status);
    assert.equal(answers[0], 101);
    assert.ok(answers.includes(503), answers);
  });
});

test("over the number of sessions new clients get 503", () =>
  withServer({ config: { node: { maxSessions: 2 } } }, async (server) => {
    const held = [await ask(server.ws), await ask(server.ws)];
    assert.deepEqual(held.map((answer) => answer.status), [101, 101]);
    assert.equal((await ask(server.ws)).status, 503);
  }));

test("one address has no more than its share of wss", () => {
  const config = { websocket: { maxConnectionsPerAddress: 2 } };
  return withServer({ config }, async (server) => {
    const certificate = fs.readFileSync(server.certificate);
    const askSecurely = () => ask(server.wss, {}, certificate);
    const held = [await askSecurely(), await askSecurely()];
    assert.deepEqual(held.map((answer) => answer.status), [101, 101]);
    assert.equal((await askSecurely()).status, 503);
    // In front of plain ws there is a proxy, with one address for all.
    for (let i = 0; i < 4; ++i) assert.equal((await ask(server.ws)).status, 101);
    held[0].wire.cut();
    await eventually("there is room again", async () =>
      (await askSecurely()).status === 101,
    );
    assert.equal((await askSecurely()).status, 503);
    // Another limit holds at once, and for who is here.
    await reload(server, { websocket: { maxConnectionsPerAddress: 3 } });
    assert.equal((await askSecurely()).status, 101);
    assert.equal((await askSecurely()).status, 503);
    await reload(server, { websocket: { maxConnectionsPerAddress: 0 } });
    for (let i = 0; i < 5; ++i) assert.equal((await askSecurely()).status, 101);
  });
});

test("a client that speaks plain text to wss is cut off", () =>
  withServer({}, async (server) => {
    const plain = server.wss.replace("wss:", "ws:");
    const wire = await Wire.connect(plain);
    assert.equal(await wire.request(plain), null);
  }));

test("the development certificate names localhost", () =>
  withServer({}, async (server) => {
    const certificate = fs.readFileSync(server.certificate);
    const answer = await ask(server.wss, {}, certificate);
    assert.equal(answer.status, 101);
    assert.match(answer.wire.socket.getProtocol(), /^TLSv1\.[23]$/);
  }));
