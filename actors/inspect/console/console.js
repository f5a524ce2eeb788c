// The web console: signs in, shows one view at a time, and keeps it fresh.
import { Refusal, token, whoami } from "./api.js";
import { Actors } from "./actors.js";
import { Configuration } from "./configuration.js";
import { fill } from "./dom.js";
import { Log } from "./log.js";
import { sum } from "./metrics.js";
import { look, Overview } from "./overview.js";
import { Sessions } from "./sessions.js";

const views = {
  overview: Overview,
  sessions: Sessions,
  actors: Actors,
  configuration: Configuration,
  log: Log,
};

/// Figures are looked at all the time, so that the overview has no gaps.
const figuresEvery = 2000;

const at = (id) => document.getElementById(id);
const made = new Map();
let view;
let due = 0;
let paused = false;
let busy = false;

function currentView() {
  const name = location.hash.slice(1);
  return name in views ? name : "overview";
}

function open(name) {
  if (!made.has(name)) made.set(name, new views[name]());
  view = made.get(name);
  fill(at("view"), view.element);
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${name[0].toUpperCase()}${name.slice(1)} – Causeway`;
  due = 0;
  tick();
}

function showTrouble(text) {
  const place = at("trouble");
  if (place.textContent !== text) place.textContent = text;
  place.hidden = !text;
}

function showState(now) {
  const draining = sum(now.samples, "causeway_draining") > 0;
  const lost = sum(now.samples, "causeway_stanzas_lost_total") > 0;
  const [text, mark] = draining
    ? ["stopping", "warn"]
    : lost
      ? ["lost stanzas", "bad"]
      : ["running", "good"];
  const badge = at("state");
  if (badge.textContent !== text) badge.textContent = text;
  badge.className = `badge ${mark}`;
  badge.hidden = false;
  const [info] = [...now.samples.keys()].filter((x) =>
    x.startsWith("causeway_info{"),
  );
  at("node").textContent = info?.match(/node="([^"]*)"/)?.[1] ?? "";
}

/// One look, unless the last one is still under way or nobody looks.
async function tick() {
  if (busy || paused || document.hidden || !token.get()) return;
  busy = true;
  const shown = view;
  try {
    const now = await look();
    showState(now);
    if (performance.now() >= due) {
      due = performance.now() + shown.interval - figuresEvery / 2;
      await shown.update(now);
    }
    showTrouble("");
  } catch (error) {
    if (error instanceof Refusal && error.status === 401)
      signOut("This token is not valid any more.");
    else showTrouble(error.message);
  } finally {
    busy = false;
    if (shown !== view) tick();
  }
}

function signOut(reason = "") {
  token.forget();
  made.clear();
  view = undefined;
  fill(at("view"));
  for (const part of document.querySelectorAll("nav, .actions, #state"))
    part.hidden = true;
  at("node").textContent = "";
  showTrouble(reason);
  at("entry").hidden = false;
  at("token").focus();
}

function signIn() {
  at("entry").hidden = true;
  showTrouble("");
  for (const part of document.querySelectorAll("nav, .actions"))
    part.hidden = false;
  open(currentView());
}

at("entry").addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = at("token");
  token.set(field.value.trim());
  try {
    await whoami();
    field.value = "";
    signIn();
    at("main").focus();
  } catch (error) {
    token.forget();
    showTrouble(
      error.status === 401 ? "This is not a token of this node." : error.message,
    );
    field.select();
  }
});

at("leave").addEventListener("click", () => signOut());
at("pause").addEventListener("click", ({ currentTarget }) => {
  paused = !paused;
  currentTarget.setAttribute("aria-pressed", String(paused));
  tick();
});
addEventListener("hashchange", () => token.get() && open(currentView()));
document.addEventListener("visibilitychange", tick);
setInterval(tick, figuresEvery);

if (token.get()) signIn();
else signOut();
