// The last events of the log, as they come.
import { command } from "./api.js";
import { fill, h, matches } from "./dom.js";

/// Lines that are kept here.
const most = 1000;

const levels = ["trace", "debug", "info", "warn", "error"];
const marks = { warn: "warn", error: "bad" };

export class Log {
  interval = 2000;

  constructor() {
    this.filter = h("input", {
      type: "search",
      id: "log-filter",
      placeholder: "event, key=value …",
      oninput: () => this.show(),
    });
    this.least = h(
      "select",
      { id: "log-level", onchange: () => this.show() },
      levels.map((x) => h("option", { value: x }, x)),
    );
    this.follow = h("input", { type: "checkbox", id: "log-follow", checked: true });
    this.list = h("ul", {
      class: "log",
      role: "log",
      "aria-label": "Events",
      "aria-live": "off",
      tabindex: "0",
    });
    this.note = h("p", { class: "hint", role: "status" });
    this.element = h(
      "div",
      {},
      h("h2", { class: "unseen" }, "Log"),
      h(
        "div",
        { class: "tools" },
        h("label", { class: "wide" }, "Filter", this.filter),
        h("label", {}, "At least", this.least),
        h("label", { class: "line" }, this.follow, "Follow"),
      ),
      this.list,
      this.note,
    );
    this.events = [];
    this.missed = 0;
  }

  async update() {
    const keys = { limit: most };
    if (this.last !== undefined) keys.after = this.last;
    const answer = await command("log", keys);
    if (this.last !== undefined) this.missed += answer.missed ?? 0;
    this.last = answer.last;
    if (answer.events.length === 0 && this.shown) return;
    this.events = [...this.events, ...answer.events].slice(-most);
    this.show();
  }

  show() {
    this.shown = true;
    const least = levels.indexOf(this.least.value);
    const events = this.events.filter(
      (x) => levels.indexOf(x.level) >= least && matches(text(x), this.filter.value),
    );
    fill(this.list, events.map(line));
    if (this.follow.checked) this.list.scrollTop = this.list.scrollHeight;
    const gap = this.missed > 0 ? `; ${this.missed} came too fast to be shown` : "";
    this.note.textContent = `${events.length} of ${this.events.length} shown${gap}`;
  }
}

function text(x) {
  const fields = Object.entries(x.fields ?? {}).map((pair) => pair.join("="));
  return [x.level, x.component ?? "", x.event, ...fields].join(" ");
}

function line(x) {
  const at = String(x.time);
  // "2026-11-28T12:00:00.123+0000": the day is in the title.
  const clock = at.match(/T([\d:.]+)/)?.[1] ?? at;
  const fields = Object.entries(x.fields ?? {}).flatMap(([key, value]) => [
    " ",
    h("i", {}, `${key}=`),
    String(value),
  ]);
  return h(
    "li",
    {},
    h("time", { title: at }, clock),
    h("span", { class: marks[x.level] ?? null }, x.level),
    h("p", {}, h("b", {}, x.event), fields),
  );
}
