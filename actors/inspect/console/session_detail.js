// One session in full, and what an administrator may do with it.
import { command, Refusal, whoami } from "./api.js";
import { fill, h, time } from "./dom.js";

/// What can be done, and what it means for the client.
const actions = {
  kick: ["Kick", "Its stream ends with an error; the client may log in again."],
  park: ["Park", "Its connection is cut; the client has to resume the session."],
  resend: ["Send again", "It is cut, and gets what it has not acknowledged again."],
  expire: ["Expire", "It ends in place of the client that it waits for."],
};

const fits = {
  kick: (row) => row.state !== "parked",
  park: (row) => row.state === "established" && row.resume !== "no",
  resend: (row) => row.state === "established" && row.unacked > 0,
  expire: (row) => row.state === "parked",
};

export class SessionDetail {
  constructor() {
    this.title = h("h2", { tabindex: "-1" });
    this.facts = h("dl", { class: "facts many" });
    this.buttons = h("p", { class: "tools" });
    this.outcome = h("p", { role: "status" });
    this.question = h("p");
    this.dialog = h(
      "dialog",
      { class: "panel", "aria-label": "Are you sure?" },
      this.question,
      h(
        "form",
        { method: "dialog", class: "tools" },
        h("button", { value: "yes", class: "danger" }, "Do it"),
        h("button", { value: "no", autofocus: true }, "Cancel"),
      ),
    );
    this.dialog.addEventListener("close", () => this.decide());
    this.element = h(
      "section",
      { class: "panel", hidden: true },
      this.title,
      this.facts,
      this.buttons,
      this.outcome,
      this.dialog,
    );
  }

  async open(row) {
    this.id = row.id;
    this.outcome.textContent = "";
    this.element.hidden = false;
    this.show(row);
    this.title.focus();
    await this.update(row);
  }

  /// `row` is null once the session is not there any more.
  async update(row) {
    if (this.element.hidden || this.id === undefined) return;
    const { id } = this;
    this.role ??= (await whoami()).role;
    const full = row && (await this.ask(row.id));
    // Another one may have been opened in the meantime.
    if (this.id !== id) return;
    this.full = full;
    this.show(row);
  }

  /// Everything about one session; null once it is gone.
  async ask(id) {
    try {
      return (await command("session", { id })).session;
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 400) throw error;
      return null;
    }
  }

  show(row) {
    const close = h(
      "button",
      {
        type: "button",
        onclick: () => {
          this.element.hidden = true;
        },
      },
      "Close",
    );
    if (!row) {
      this.title.textContent = `Session ${this.id} is not there any more`;
      fill(this.facts);
      fill(this.buttons, close);
      return;
    }
    this.title.textContent = row.jid || `Session ${row.id}`;
    const known = this.full?.id === row.id ? this.full : row;
    fill(
      this.facts,
      flatten(known).map(([name, value]) => [
        h("dt", {}, name.replaceAll("_", " ")),
        h("dd", {}, plain(name, value)),
      ]),
    );
    const may = this.role === "admin" && known !== row;
    const offered = may
      ? Object.keys(actions).filter((verb) => fits[verb](row))
      : [];
    fill(
      this.buttons,
      offered.map((verb) =>
        h(
          "button",
          {
            type: "button",
            class: "danger",
            "data-verb": verb,
            onclick: () => this.propose(verb, row),
          },
          actions[verb][0],
        ),
      ),
      close,
    );
  }

  propose(verb, row) {
    this.proposed = { id: row.id, verb };
    const [name, meaning] = actions[verb];
    this.question.textContent = `${name} ${row.jid || row.id}? ${meaning}`;
    this.dialog.returnValue = "no";
    this.dialog.showModal();
  }

  async decide() {
    if (this.dialog.returnValue !== "yes") return;
    const { id, verb } = this.proposed;
    try {
      const answer = await command("session", { id, verb });
      const [done] = Object.keys(answer);
      this.outcome.className = "good";
      this.outcome.textContent = `Session ${id}: ${done}.`;
    } catch (error) {
      this.outcome.className = "bad";
      this.outcome.textContent = error.message;
    }
  }
}

/// {sm: {h_in: 1}} as [["sm h_in", 1]].
function flatten(value, before = "") {
  return Object.entries(value).flatMap(([name, inner]) => {
    const path = before ? `${before} ${name}` : name;
    if (Array.isArray(inner)) return [[path, inner.map(short).join(", ")]];
    if (inner && typeof inner === "object") return flatten(inner, path);
    return [[path, inner]];
  });
}

function short(x) {
  if (!x || typeof x !== "object") return String(x);
  return x.kind ? `${x.kind} #${x.id} ${x.state ?? ""}` : JSON.stringify(x);
}

function plain(name, value) {
  if (value === null || value === undefined || value === "") return "–";
  return name === "age" ? time(value) : String(value);
}
