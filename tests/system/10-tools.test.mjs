// What the README promises of the tools: the quick start, and the load
// generator beside a server.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { withServer } from "./support/server.mjs";

const run = promisify(execFile);
const here = path.dirname(fileURLToPath(import.meta.url));

test("the quick start ends with a message", () =>
  withServer({ accounts: ["romeo", "juliet"] }, async (server) => {
    const { stdout } = await run(process.execPath, [
      path.join(here, "hello.mjs"),
      ...[server.ws, "secret", "romeo@localhost", "juliet@localhost"],
    ]);
    assert.match(stdout, /^romeo@localhost\/\S+: Hello!\n$/);
  }));

for (const sm of ["on", "off", "resume"])
  for (const scheme of ["ws", "wss"])
    test(`causeway-load over ${scheme} with SM ${sm} loses nothing`, () => {
      const pairs = 10;
      const accounts = Array.from({ length: 2 * pairs }, (_, i) => `load${i}`);
      return withServer({ accounts }, async (server) => {
        const { stdout } = await run(path.join(server.build, "causeway-load"), [
          ...["--url", server[scheme], "--ca", server.certificate],
          ...["--user-format", "load%d", "--password", "secret"],
          ...["--pairs", `${pairs}`, "--duration", "2", "--sm", sm],
          ...["--warmup", "1", "--settle", "0", "--json"],
        ]);
        const report = JSON.parse(stdout).messages.run;
        assert.ok(report.delivered > 100 * pairs, stdout);
        for (const fault of ["lost", "returned", "doubled", "misordered"])
          assert.equal(report[fault], 0, stdout);
      });
    });

test("options that would have no effect are refused", () =>
  withServer({}, async (server) => {
    const refuses = (program, args, reason) =>
      assert.rejects(run(path.join(server.build, program), args), (error) => {
        assert.equal(error.code, 2);
        assert.match(error.stderr, reason);
        return true;
      });
    const login = ["--url", server.ws, "--password", "x", "--pairs", "1"];
    await refuses("causeway-load", [...login, "--rate", "5"],
      /--rate needs --mode open/);
    await refuses("causewayd", ["--check", "--config", ""],
      /--config needs a file name/);
  }));
