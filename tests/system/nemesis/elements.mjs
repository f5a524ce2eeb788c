// The elements of an XMPP stream over TCP. It knows as much XML as the servers
// of the tests and causewayd write: no comments, no CDATA.

const tags = /<([/?]?)([^\s>/]+)[^>]*?(\/?)>/g;

export class Elements {
  #text = "";
  /// Where the next tag is looked for, and which are open there.
  #at = 0;
  #names = [];

  /// `onElement(text)` hears of each element below the stream, `onOpen()` of
  /// each start of the stream, `onClose()` of its end.
  constructor({ onElement, onOpen = () => {}, onClose = () => {} }) {
    Object.assign(this, { onElement, onOpen, onClose });
  }

  take(text) {
    this.#text += text;
    tags.lastIndex = this.#at;
    for (let tag; (tag = tags.exec(this.#text)); ) {
      this.#at = tags.lastIndex;
      this.#pass(tag);
      tags.lastIndex = this.#at;
    }
  }

  #pass([, kind, name, empty]) {
    const outside = kind === "?" || name === "stream:stream";
    if (!outside && !empty) this.#nest(kind, name);
    if (this.#names.length) return;
    const element = this.#text.slice(0, this.#at);
    this.#text = this.#text.slice(this.#at);
    this.#at = 0;
    if (!outside) this.onElement(element.trimStart());
    else if (!kind) this.onOpen();
    else if (kind === "/") this.onClose();
  }

  #nest(kind, name) {
    if (!kind) return this.#names.push(name);
    const begun = this.#names.pop();
    if (begun !== name) throw new Error(`<${begun}> ends with </${name}>`);
  }
}
