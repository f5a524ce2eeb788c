// Chance from a seed: the same seed gives the same choices.

export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /// A number in [0, 1) (mulberry32).
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let x = this.#state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  }

  /// A number in [low, high).
  between(low, high) {
    return low + this.next() * (high - low);
  }

  /// A whole number in [low, high].
  whole(low, high) {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability) {
    return this.next() < probability;
  }

  pick(list) {
    return list[this.whole(0, list.length - 1)];
  }

  /// So many different ones of a list.
  sample(list, count) {
    const rest = [...list];
    const found = [];
    while (found.length < count && rest.length)
      found.push(...rest.splice(this.whole(0, rest.length - 1), 1));
    return found;
  }

  /// A key of {key: weight}.
  weighted(weights) {
    const entries = Object.entries(weights);
    let at = this.next() * entries.reduce((sum, [, w]) => sum + w, 0);
    for (const [key, weight] of entries) if ((at -= weight) < 0) return key;
    return entries.at(-1)[0];
  }
}
