// Who gets in, and who gets which resource: RFC 6120 sections 6 and 7.
import assert from "node:assert/strict";
import test from "node:test";
import { Stream, ns } from "./support/stream.mjs";
import { withServer } from "./support/server.mjs";

const accounts = ["romeo"];

test("a wrong password is not-authorized, and the third one the last", () =>
  withServer({ accounts }, async (server) => {
    const stream = await Stream.connect(server.ws);
    await stream.open();
    for (let i = 0; i < 3; ++i) {
      const plain = Buffer.from("\0romeo\0wrong").toString("base64");
      stream.send(`<auth xmlns='${ns.sasl}' mechanism='PLAIN'>${plain}</auth>`);
      await stream.expect(/^<failure .*<not-authorized/);
    }
    await stream.until(/^<close /);
    await stream.expectClose(1000);
  }));

test("an account that does not exist looks like a wrong password", () =>
  withServer({ accounts }, async (server) => {
    const challenge = async (user) => {
      const stream = await Stream.connect(server.ws);
      await stream.open();
      const first = Buffer.from(`n,,n=${user},r=abc`).toString("base64");
      stream.send(
        `<auth xmlns='${ns.sasl}' mechanism='SCRAM-SHA-256'>${first}</auth>`,
      );
      const answer = await stream.expect(/^<challenge /);
      const text = Buffer.from(answer.match(/>([^<]+)</)[1], "base64");
      const [, salt, iterations] = `${text}`.match(/s=([^,]+),i=(\d+)/);
      return { length: salt.length, iterations, salt };
    };
    const [real, none, again] = [
      await challenge("romeo"),
      await challenge("nobody"),
      await challenge("nobody"),
    ];
    assert.equal(none.length, real.length);
    assert.equal(none.iterations, real.iterations);
    assert.equal(none.salt, again.salt);
  }));

test("a removed account is logged out and can not come back", () =>
  withServer({ accounts }, async (server) => {
    const stream = await Stream.login(server, "romeo");
    assert.equal((await server.ctl(["account", "remove", "romeo@localhost"])).code, 0);
    await stream.until(/^<stream:error/);
    const next = await Stream.connect(server.ws);
    await next.open();
    await assert.rejects(next.authenticate("romeo"), /not-authorized/);
  }));

test("a new password works at once", () =>
  withServer({ accounts }, async (server) => {
    const changed = await server.ctl(
      ["account", "passwd", "romeo@localhost", "--password-stdin"],
      "other\n",
    );
    assert.equal(changed.code, 0, changed.stderr);
    const stream = await Stream.connect(server.ws);
    await stream.open();
    await stream.authenticate("romeo", "other");
  }));

test("accounts outlive the process", () =>
  withServer({ accounts }, async (server) => {
    server.process.kill("SIGTERM");
    assert.equal(await server.ended(), 0);
    server.log = "";
    await server.start();
    await (await Stream.login(server, "romeo")).close();
  }));

test("the domain that a client opens has its own accounts", () => {
  const config = { domains: { localhost: {}, "other.example": {} } };
  const both = ["romeo", "romeo@other.example"];
  return withServer({ config, accounts: both }, async (server) => {
    const stream = await Stream.connect(server.ws);
    await stream.open("other.example");
    await stream.authenticate("romeo");
    await stream.open("other.example");
    await stream.bind("x");
    assert.equal(stream.jid, "romeo@other.example/x");
    await stream.close();
  });
});

test("replace-old ends the older stream with conflict", () =>
  withServer({ accounts }, async (server) => {
    const older = await Stream.login(server, "romeo", { resource: "x" });
    const newer = await Stream.login(server, "romeo", { resource: "x" });
    await older.expectError("conflict");
    await newer.close();
  }));

test("refuse-new answers the newer bind with conflict", () => {
  const config = { domains: { localhost: { conflict: "refuse-new" } } };
  return withServer({ accounts, config }, async (server) => {
    const older = await Stream.login(server, "romeo", { resource: "x" });
    await assert.rejects(
      Stream.login(server, "romeo", { resource: "x" }),
      /<conflict /,
    );
    await older.close();
  });
});

test("rename-new gives the newer stream another resource", () => {
  const config = { domains: { localhost: { conflict: "rename-new" } } };
  return withServer({ accounts, config }, async (server) => {
    const older = await Stream.login(server, "romeo", { resource: "x" });
    const newer = await Stream.login(server, "romeo", { resource: "x" });
    assert.equal(older.jid, "romeo@localhost/x");
    assert.notEqual(newer.jid, older.jid);
    await older.close();
    await newer.close();
  });
});

test("an account has no more resources than configured", () => {
  const config = { domains: { localhost: { maxResources: 2 } } };
  return withServer({ accounts, config }, async (server) => {
    const held = [
      await Stream.login(server, "romeo"),
      await Stream.login(server, "romeo"),
    ];
    await assert.rejects(
      Stream.login(server, "romeo"),
      /<resource-constraint /,
    );
    for (const stream of held) await stream.close();
  });
});
