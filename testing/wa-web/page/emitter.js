/** Events as Backbone has them: several names in one string, `on`, `off`, `once`, `trigger`. */
export class Emitter {
  #listeners = new Map();
  #waiting = [];

  on(names, listener) {
    for (const name of names.split(' ')) {
      this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
      this.#waiting = this.#waiting.filter((waiter) => waiter.name !== name || waiter.resolve());
    }
    return this;
  }

  off(names, listener) {
    for (const name of names.split(' ')) {
      const left = (this.#listeners.get(name) ?? []).filter(
        (each) => each !== listener && each.of !== listener,
      );
      this.#listeners.set(name, listener ? left : []);
    }
    return this;
  }

  once(names, listener) {
    const single = (...values) => {
      this.off(names, single);
      listener(...values);
    };
    single.of = listener;
    return this.on(names, single);
  }

  trigger(name, ...values) {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener.apply(this, values);
    return this;
  }

  /** Resolves when somebody listens to `name`: how the page knows that the library has attached itself. */
  heard(name) {
    if (this.#listeners.get(name)?.length) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ name, resolve }));
  }
}
