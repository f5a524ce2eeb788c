// The tree of actors, to be opened and searched.
import { command } from "./api.js";
import { count, fill, h, matches, time } from "./dom.js";

/// Children of one actor that are asked for, to be opened and to be searched.
const most = 200;
const all = 100_000;

/// The text that a search looks at.
function words(actor) {
  const fields = Object.entries(actor.fields ?? {}).flat();
  return [actor.kind, `#${actor.id}`, actor.state, actor.last_error, ...fields]
    .filter(Boolean)
    .join(" ");
}

/// Actors below this one that the node has not told of.
function leftOut({ left_out = 0, children = [] }) {
  return children.reduce((sum, x) => sum + leftOut(x), left_out);
}

export class Actors {
  interval = 5000;

  constructor() {
    this.search = h("input", {
      type: "search",
      id: "actor-search",
      placeholder: "kind, #id, state, field …",
      oninput: () => this.seek(),
    });
    this.tree = h("ul", {
      class: "tree",
      role: "tree",
      "aria-label": "Actors",
      onkeydown: (event) => this.press(event),
    });
    this.note = h("p", { class: "hint", role: "status" });
    this.detail = h(
      "section",
      { class: "panel sticky", "aria-live": "polite", "aria-label": "Actor" },
      h("p", { class: "hint" }, "Choose an actor to see what it says of itself."),
    );
    this.element = h(
      "div",
      {},
      h("h2", { class: "unseen" }, "Actors"),
      h(
        "div",
        { class: "tools" },
        h("label", { class: "wide" }, "Search", this.search),
      ),
      h(
        "div",
        { class: "split" },
        h("section", { class: "panel" }, this.tree, this.note),
        this.detail,
      ),
    );
    /// Ids of actors that are open; the root is at first.
    this.opened = new Set();
    this.handled = new Map();
  }

  async update() {
    const limit = this.search.value.trim() ? all : most;
    const { tree } = await command("actors", { depth: 16, limit });
    this.limit = limit;
    if (!this.root) this.opened.add(tree.id);
    this.root = tree;
    this.at = performance.now() / 1000;
    this.rates = this.measure();
    this.show();
  }

  /// A search is among all actors, not among those that were asked for.
  seek() {
    this.show();
    if (!this.search.value.trim() || this.limit === all || this.seeking) return;
    this.seeking = true;
    // What goes wrong, the next look tells.
    this.update()
      .catch(() => {})
      .finally(() => {
        this.seeking = false;
      });
  }

  /// Messages per second since the last look, by id.
  measure() {
    const now = new Map();
    const visit = (actor) => {
      if (actor.handled !== undefined) now.set(actor.id, actor.handled);
      for (const child of actor.children ?? []) visit(child);
    };
    visit(this.root);
    const step = this.at - (this.before ?? this.at);
    const rates = new Map();
    for (const [id, n] of now)
      if (step > 0 && this.handled.has(id))
        rates.set(id, (n - this.handled.get(id)) / step);
    this.handled = now;
    this.before = this.at;
    return rates;
  }

  show() {
    if (!this.root) return;
    const query = this.search.value.trim();
    const had = this.tree.contains(document.activeElement);
    this.found = 0;
    fill(this.tree, this.item(this.root, query) ?? []);
    const missing = query ? leftOut(this.root) : 0;
    const gap = missing > 0 ? `; ${count(missing)} were not looked at` : "";
    this.note.textContent = query ? `${this.found} actors fit${gap}` : "";
    this.mark(this.chosen, had);
    this.describe();
  }

  /// The element of an actor; null if neither it nor any below fits.
  item(actor, query) {
    const fits = query !== "" && matches(words(actor), query);
    if (fits) ++this.found;
    const below = actor.children ?? [];
    const wanted = query
      ? below.map((x) => this.item(x, query)).filter(Boolean)
      : null;
    if (query && !fits && wanted.length === 0) return null;
    const open = query ? wanted.length > 0 : this.opened.has(actor.id);
    const children = !open
      ? []
      : (wanted ?? below.map((x) => this.item(x, query)));
    const leaf = below.length === 0 && !actor.left_out;
    if (open && actor.left_out)
      children.push(
        h("li", { role: "none", class: "hint" }, `${actor.left_out} more`),
      );
    return h(
      "li",
      {
        role: "treeitem",
        "data-id": actor.id,
        "aria-expanded": leaf ? null : String(open),
        "aria-selected": "false",
        tabindex: "-1",
      },
      this.row(actor, fits),
      open && !leaf ? h("ul", { role: "group" }, children) : null,
    );
  }

  row(actor, fits) {
    const rate = this.rates.get(actor.id);
    const stuck = actor.silent || actor.stuck;
    const name = actor.fields?.jid || actor.fields?.url || actor.fields?.domain;
    return h(
      "div",
      { class: "row", onclick: () => this.choose(actor.id, true) },
      h(fits ? "mark" : "b", {}, actor.kind),
      h("span", {}, `#${actor.id}`),
      name ? h("span", {}, name) : null,
      h(
        "span",
        { class: stuck ? "bad" : null },
        actor.silent ? "silent" : actor.stuck ? "stuck" : actor.state,
      ),
      actor.mailbox > 0 ? h("span", {}, `${count(actor.mailbox)} wait`) : null,
      rate >= 0.5 ? h("span", {}, `${count(Math.round(rate))}/s`) : null,
      actor.last_error ? h("span", { class: "warn" }, "had an error") : null,
    );
  }

  find(id, actor = this.root) {
    if (!actor || actor.id === id) return actor;
    for (const child of actor.children ?? []) {
      const found = this.find(id, child);
      if (found) return found;
    }
    return null;
  }

  choose(id, toggle) {
    this.chosen = id;
    if (toggle && !this.search.value.trim()) {
      if (this.opened.has(id)) this.opened.delete(id);
      else this.opened.add(id);
    }
    this.show();
    this.mark(id, true);
  }

  items() {
    return [...this.tree.querySelectorAll("[role=treeitem]")];
  }

  /// One item is reached by the tab key: the chosen one, or else the first.
  mark(id, focus) {
    const all = this.items();
    const item = all.find((x) => Number(x.dataset.id) === id) ?? all[0];
    if (!item) return;
    for (const x of all) {
      x.tabIndex = x === item ? 0 : -1;
      x.setAttribute("aria-selected", String(Number(x.dataset.id) === id));
    }
    if (focus) item.focus({ preventScroll: false });
  }

  press(event) {
    const all = this.items();
    const at = all.indexOf(document.activeElement);
    if (at < 0) return;
    const item = all[at];
    const id = Number(item.dataset.id);
    const open = item.getAttribute("aria-expanded");
    const go = (to) => to && this.choose(Number(to.dataset.id), false);
    const keys = {
      ArrowDown: () => go(all[at + 1]),
      ArrowUp: () => go(all[at - 1]),
      Home: () => go(all[0]),
      End: () => go(all.at(-1)),
      ArrowRight: () =>
        open === "false" ? this.choose(id, true) : go(all[at + 1]),
      ArrowLeft: () =>
        open === "true"
          ? this.choose(id, true)
          : go(item.parentElement.closest("[role=treeitem]")),
      Enter: () => this.choose(id, true),
      " ": () => this.choose(id, true),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }

  describe() {
    const actor = this.chosen === undefined ? null : this.find(this.chosen);
    if (!actor) return;
    const { kind, id, children, fields, left_out, ...rest } = actor;
    const facts = { ...rest, ...(fields ?? {}) };
    if (facts.uptime !== undefined) facts.uptime = time(facts.uptime);
    const below = (children?.length ?? 0) + (left_out ?? 0);
    fill(
      this.detail,
      h("h2", {}, `${kind} #${id}`),
      h(
        "dl",
        { class: "facts" },
        Object.entries({ ...facts, children: below })
          .filter(([, value]) => value !== "")
          .map(([name, value]) => [
            h("dt", {}, name.replaceAll("_", " ")),
            h("dd", {}, String(value)),
          ]),
      ),
    );
  }
}
