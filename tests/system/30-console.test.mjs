// The web console in headless Chromium: signs in, looks around, works by
// keyboard, on a phone and in the dark. What it looks like is kept as pictures.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { Admin, adminConfig } from "./support/admin.mjs";
import { withTabs } from "./support/browser.mjs";
import { eventually, patience, withServer } from "./support/server.mjs";
import { Stream } from "./support/stream.mjs";

const accounts = ["romeo", "juliet"];
const desktop = { width: 1280, height: 900 };
const phone = { width: 390, height: 844, isMobile: true, hasTouch: true };

/// One tab with the console, and what went wrong in it.
class Console {
  errors = [];

  constructor(tab, admin) {
    Object.assign(this, { tab, admin });
    tab.setDefaultTimeout(patience);
    tab.on("pageerror", (error) => this.errors.push(String(error)));
    tab.on("console", (message) => {
      if (message.type() === "error") this.errors.push(message.text());
    });
  }

  async open(view = "") {
    await this.tab.goto(`${this.admin.url}${view}`);
    await this.tab.waitForSelector("#entry:not([hidden]), nav:not([hidden])");
  }

  async signIn(token) {
    await this.tab.type("#token", token);
    await this.tab.keyboard.press("Enter");
  }

  async go(view) {
    await this.click(`nav a[href="#${view}"]`);
    await this.tab.waitForFunction(
      (x) => document.querySelector("nav a[aria-current]")?.hash === x,
      {},
      `#${view}`,
    );
  }

  /// At once, since what is there may be drawn anew at any time.
  click(selector) {
    return this.tab.waitForFunction(
      (selector) => {
        const element = document.querySelector(selector);
        element?.click();
        return element !== null;
      },
      {},
      selector,
    );
  }

  text(selector) {
    return this.tab.$eval(selector, (x) => x.textContent.trim());
  }

  /// Waits until the text of an element matches.
  see(selector, pattern) {
    return this.tab.waitForFunction(
      (selector, source) =>
        new RegExp(source, "s").test(
          document.querySelector(selector)?.textContent ?? "",
        ),
      {},
      selector,
      pattern.source,
    );
  }

  /// Waits for lines: a rate needs two looks, a line of them four.
  drawn() {
    return this.tab.waitForFunction(
      () =>
        [...document.querySelectorAll(".chart .line-0")].filter(
          (x) => x.getAttribute("points").split(" ").length > 2,
        ).length >= 3,
    );
  }

  /// Nothing is wider than the screen.
  async fits() {
    const { content, screen } = await this.tab.evaluate(() => ({
      content: document.documentElement.scrollWidth,
      screen: document.documentElement.clientWidth,
    }));
    assert.ok(content <= screen, `${content} of ${screen} pixels`);
  }

  screenshot(folder, name, fullPage = true) {
    return this.tab.screenshot({ path: path.join(folder, name), fullPage });
  }
}

/// Reads whatever comes until the stream ends.
async function answerPings(stream) {
  try {
    for (;;) await stream.next();
  } catch {
    // It has ended.
  }
}

/// Runs `body` with a console, a server with two sessions, and a folder for
/// pictures.
const withConsole = (body, screen = desktop, config = {}) =>
  withServer({ config: { ...adminConfig, ...config }, accounts }, async (server) => {
    const admin = await Admin.of(server);
    const artefacts = path.join(server.build, "artefacts");
    fs.mkdirSync(artefacts, { recursive: true });
    const headers = { "User-Agent": "<img src=x onerror=alert(1)>" };
    const romeo = await Stream.login(server, "romeo", { resource: "x", headers });
    const juliet = await Stream.login(server, "juliet", { resource: "y" });
    await romeo.enable();
    for (const stream of [romeo, juliet]) answerPings(stream);
    const flow = setInterval(() => juliet.message(romeo.jid, "Hist!"), 100);
    try {
      await withTabs(async (open) => {
        const tab = await open();
        await tab.setViewport(screen);
        const page = new Console(tab, admin);
        await body(page, { admin, server, artefacts, open });
        assert.deepEqual(page.errors, []);
      });
    } finally {
      clearInterval(flow);
    }
  });

test("the console shows the node, its sessions, actors and log", () =>
  withConsole(async (page, { admin, artefacts, open }) => {
    await page.open();
    await page.signIn("x".repeat(64));
    await page.see("#trouble", /not a token of this node/);
    // The browser notes the 401.
    assert.match(page.errors.splice(0).join(), /401/);
    await page.screenshot(artefacts, "console-sign-in.png", false);
    await page.tab.$eval("#token", (x) => (x.value = ""));
    await page.signIn(admin.tokens.reader);

    await page.see(".tiles", /Sessions\s*2/);
    await page.see("#state", /running/);
    await page.see(".checks", /ok Takes clients/);
    await page.see(".facts", /ws:\/\/127\.0\.0\.1/);
    await page.drawn();
    const said = await page.tab.$eval(".plot", (x) => x.getAttribute("aria-label"));
    assert.match(said, /Stanzas per second: now received \d/);
    await page.fits();
    await page.screenshot(artefacts, "console-overview.png");
    await page.tab.emulateMediaFeatures([
      { name: "prefers-color-scheme", value: "dark" },
    ]);
    await page.screenshot(artefacts, "console-dark.png");
    await page.tab.emulateMediaFeatures([]);

    await page.go("sessions");
    await page.see("tbody", /romeo@localhost\/x/);
    // What a client says of itself is text.
    await page.see("tbody", /<img src=x onerror=alert\(1\)>/);
    assert.equal(await page.tab.$("tbody img"), null);
    await page.tab.type("#session-filter", "juliet");
    await page.see(".table .hint", /1 of 2 shown/);
    assert.doesNotMatch(await page.text("tbody"), /romeo/);
    await page.click("tbody button");
    await page.see(".facts", /juliet@localhost\/y/);
    await page.screenshot(artefacts, "console-sessions.png");

    await page.go("actors");
    await page.see(".tree", /session_supervisor/);
    assert.doesNotMatch(await page.text(".tree"), /tracker/);
    await page.tab.type("#actor-search", "romeo tracker");
    await page.see(".split .hint", /0 actors fit/);
    await page.tab.$eval("#actor-search", (x) => (x.value = ""));
    await page.tab.type("#actor-search", "tracker");
    await page.see(".split .hint", /2 actors fit/);
    await page.see(".tree", /tracker/);
    await page.screenshot(artefacts, "console-actors.png");

    // The token stays with the tab, and with no other.
    await page.tab.reload();
    await page.see(".tree", /session_supervisor/);
    const other = new Console(await open(), admin);
    await other.open();
    assert.ok(await other.tab.$("#entry:not([hidden])"));
    await page.click("#leave");
    await page.tab.waitForSelector("#entry:not([hidden])");
    assert.equal(await page.tab.evaluate(() => sessionStorage.length), 0);
    assert.equal(await page.text("#view"), "");
  }));

/// Answers commands in place of the node; `answers` is by command and verb.
async function pretend(page, answers) {
  const asked = [];
  await page.tab.setRequestInterception(true);
  page.tab.on("request", (request) => {
    const body = request.method() === "POST" ? JSON.parse(request.postData()) : {};
    const answer = answers[`${body.command} ${body.verb ?? ""}`.trim()];
    if (!answer) return request.continue();
    asked.push(body);
    request.respond({
      contentType: "application/json",
      body: JSON.stringify(answer(body)),
    });
  });
  return asked;
}

/// Opens the row of a session, the only one that fits the filter.
async function openRow(page, name) {
  await page.tab.$eval("#session-filter", (x) => (x.value = ""));
  await page.tab.type("#session-filter", name);
  await page.see(".table .hint", /1 of \d shown/);
  await page.click("tbody button");
}

test("an administrator acts on a session, and is asked before", () =>
  withConsole(async (page, { admin, server, artefacts, open }) => {
    await page.open("#sessions");
    await page.signIn(admin.tokens.admin);
    await page.tab.waitForSelector("tbody button");
    await openRow(page, "romeo");
    await page.see(".facts", /client address\s*127\.0\.0\.1/);
    await page.see(".facts", /client user agent\s*<img src=x/);
    const kick = "[data-verb=kick]";
    await page.tab.waitForSelector(kick);
    await page.click(kick);
    await page.see("dialog[open]", /Kick romeo@localhost\/x\?/);
    await page.screenshot(artefacts, "console-action.png", false);
    await page.tab.keyboard.press("Escape");
    await page.tab.waitForSelector("dialog:not([open])");
    assert.doesNotMatch(server.log, /verb=kick/);
    await page.click(kick);
    await page.click("dialog button[value=yes]");
    await page.see("section p.good", /kicked/);
    await page.see("section h2", /is not there any more/);
    const order = /audit .*verb=kick .*result=done/;
    await server.logged(order);
    assert.equal(server.log.match(new RegExp(order, "g")).length, 1);
    const { value } = await admin.command({ command: "sessions" });
    assert.deepEqual(
      value.sessions.map((x) => x.jid),
      ["juliet@localhost/y"],
    );
    // Who may only look is offered nothing.
    const other = new Console(await open(), admin);
    await other.open("#sessions");
    await other.signIn(admin.tokens.reader);
    await other.tab.waitForSelector("tbody button");
    await other.click("tbody button");
    await other.see(".facts", /client address/);
    assert.equal(await other.tab.$("[data-verb]"), null);
  }));

test("a late answer of one session changes nothing of another", () =>
  withConsole(async (page, { admin }) => {
    const { value } = await admin.command({ command: "sessions" });
    const { id } = value.sessions.find((x) => /^juliet/.test(x.jid));
    const isLate = (request) => {
      const body = JSON.parse(request.postData() ?? "{}");
      return body.command === "session" && body.id === id;
    };
    const held = [];
    await page.tab.setRequestInterception(true);
    page.tab.on("request", (request) => {
      if (isLate(request) && !held.released) held.push(request);
      else request.continue();
    });
    await page.open("#sessions");
    await page.signIn(admin.tokens.admin);
    await page.tab.waitForSelector("tbody button");
    await openRow(page, "juliet");
    await eventually("juliet is asked for", () => held.length > 0);
    await openRow(page, "romeo");
    await page.see(".facts", /jid\s*romeo@localhost\/x/);
    held.released = true;
    const late = page.tab.waitForResponse((x) => isLate(x.request()));
    for (const request of held) request.continue();
    await (await late).text();
    // What follows from it is done by the next task.
    await page.tab.evaluate(() => new Promise((done) => setTimeout(done)));
    assert.equal(await page.text("section h2"), "romeo@localhost/x");
    await page.click("[data-verb=kick]");
    assert.match(await page.text("dialog"), /Kick romeo@localhost\/x\?/);
    await page.click("dialog button[value=yes]");
    await page.see("section p.good", /kicked/);
    const after = await admin.command({ command: "sessions" });
    assert.deepEqual(
      after.value.sessions.map((x) => x.id),
      [id],
    );
  }));

test("actors that are stuck stand out", () =>
  withConsole(
    async (page, { admin, server }) => {
      const { tree } = await server.query("actors", "--kind", "tracker");
      let actor = tree;
      while (actor.kind !== "tracker") [actor] = actor.children;
      await page.open();
      await page.signIn(admin.tokens.reader);
      await page.see(".tiles", /Sessions\s*2/);
      await server.query("hang", "--id", `${actor.id}`, "10");
      const name = `tracker #${actor.id}`;
      await page.see("#view", new RegExp(`${name} is stuck for .* s \\(running\\)`));
      await page.click("#view a[href='#actors']");
      await page.tab.waitForSelector("#actor-search");
      await page.tab.type("#actor-search", `#${actor.id}`);
      await page.see(".tree .bad", /silent|stuck/);
      assert.match(await page.text(".tree"), new RegExp(`tracker#${actor.id}`));
      await page.go("overview");
      await page.tab.waitForFunction(
        (x) => !document.querySelector("#view").textContent.includes(x),
        { timeout: 2 * patience },
        name,
      );
      await server.logged(new RegExp(`actor_recovered.* id=${actor.id} `));
    },
    desktop,
    { inspect: { stuckAfter: "1s" }, node: { threads: 2 } },
  ));

test("a search looks at actors that were left out before", () =>
  withConsole(async (page, { admin }) => {
    const asked = [];
    const node = { id: 1, kind: "node", state: "running", handled: 1, mailbox: 0 };
    await pretend(page, {
      actors: ({ limit }) => {
        asked.push(limit);
        const found = { id: 900, kind: "needle", state: "running" };
        const rest = limit > 1000 ? { children: [found], left_out: 3 } : { left_out: 9 };
        const owner = { id: 2, kind: "session_supervisor", state: "running", ...rest };
        return { tree: { ...node, children: [owner] } };
      },
    });
    await page.open("#actors");
    await page.signIn(admin.tokens.reader);
    await page.see(".tree", /session_supervisor/);
    await page.tab.type("#actor-search", "needle");
    await page.see(".split [role=status]", /1 actors fit; 3 were not looked at/);
    assert.ok(asked[0] <= 1000);
  }));

test("the tree of actors is walked by keyboard", () =>
  withConsole(async (page, { admin }) => {
    await page.open("#actors");
    await page.signIn(admin.tokens.reader);
    await page.tab.waitForSelector("[role=treeitem]");
    const focused = () =>
      page.tab.evaluate(() => {
        const x = document.activeElement;
        return {
          text: x.querySelector(".row")?.textContent,
          expanded: x.getAttribute("aria-expanded"),
        };
      });
    const press = (key) => page.tab.keyboard.press(key);
    await page.tab.focus("[role=treeitem][tabindex='0']");
    assert.match((await focused()).text, /^node/);
    for (;;) {
      await press("ArrowDown");
      if (/^session_supervisor/.test((await focused()).text)) break;
    }
    assert.equal((await focused()).expanded, "false");
    await press("ArrowRight");
    assert.equal((await focused()).expanded, "true");
    await press("ArrowRight");
    assert.match((await focused()).text, /^session/);
    await page.see(".sticky h2", /^session #\d+$/);
    await press("ArrowLeft");
    assert.match((await focused()).text, /^session_supervisor/);
    await press("Home");
    assert.match((await focused()).text, /^node/);
    // A new look keeps the place.
    await page.tab.waitForFunction(
      () => document.activeElement.getAttribute("role") === "treeitem",
    );
    const nameless = await page.tab.$$eval(
      "button, input, select, a[href]",
      (all) =>
        all
          .filter((x) => x.checkVisibility())
          .filter((x) => !x.textContent.trim() && !x.labels?.length)
          .map((x) => x.outerHTML),
    );
    assert.deepEqual(nameless, []);
  }));

test("the console fits a phone", () =>
  withConsole(async (page, { admin, artefacts }) => {
    await page.open();
    await page.fits();
    await page.signIn(admin.tokens.admin);
    await page.see(".tiles", /Sessions\s*2/);
    await page.drawn();
    await page.fits();
    await page.screenshot(artefacts, "console-phone.png");
    for (const view of ["sessions", "actors", "configuration", "log"]) {
      await page.go(view);
      if (view === "sessions") await page.see("tbody", /romeo/);
      if (view === "actors") await page.see(".tree", /node/);
      if (view === "log") await page.see(".log", /stream_bound.*jid=romeo/);
      if (view === "configuration") {
        await page.see(".facts", /Generation\s*1/);
        await page.see("tbody", /stream\.management\.maxUnacked/);
      }
      await page.fits();
      await page.screenshot(artefacts, `console-phone-${view}.png`);
    }
    await page.go("configuration");
    await page.tab.type("#config-filter", "unsolicitedAckFrequency");
    await page.see("#view .table .hint", /1 of \d+ shown/);
    await page.see("tbody", /live/);
  }, phone));

test("a console whose node is gone says so", () =>
  withConsole(async (page, { admin, server }) => {
    await page.open();
    await page.signIn(admin.tokens.admin);
    await page.see(".tiles", /Sessions\s*2/);
    server.expectedToEnd = true;
    server.process.kill("SIGKILL");
    await server.ended();
    await page.see("#trouble", /cannot be reached/);
    const gone = /ERR_(CONNECTION|EMPTY_RESPONSE)/;
    page.errors = page.errors.filter((x) => !gone.test(x));
  }));
