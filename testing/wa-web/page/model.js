import { Emitter } from './emitter.js';
import { traits } from './traits.js';

/**
 * A copy that survives JSON and the DevTools protocol. Ids keep their own fields, byte arrays become plain arrays, and
 * everything that is not data (blobs, functions, other models) is left out.
 */
export function plain(value) {
  if (value instanceof Uint8Array) return Array.from(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return typeof value === 'function' ? undefined : value;
  if (value instanceof Emitter || value instanceof Blob || value.isOpaque) return undefined;
  const copy = {};
  for (const [name, each] of Object.entries(value)) {
    const kept = plain(each);
    if (kept !== undefined) copy[name] = kept;
  }
  return copy;
}

/** Before the name of the field that holds an attribute, where the attribute itself is an accessor of the class. */
const PRIVATE = '__x_';

/** So that a spread of the model gives the private fields alone, and `toJSON()` the attributes. */
function declare(model, name) {
  if (name in model) return;
  Object.defineProperty(Object.getPrototypeOf(model), name, {
    configurable: true,
    get() {
      return this[PRIVATE + name];
    },
    set(value) {
      this[PRIVATE + name] = value;
    },
  });
}

/**
 * A Backbone-like model: `set` announces what changed. Attributes are ordinary properties, or private fields with accessors;
 * then a private field among the attributes given is taken as it is, also one that says there is no id.
 */
export class Model extends Emitter {
  #names = new Set();
  #collections = new Set();

  constructor(attributes = {}) {
    super();
    for (const [name, value] of Object.entries(attributes)) this.#assign(name, value);
  }

  #assign(field, value) {
    const isPrivate = traits.privateFields && field.startsWith(PRIVATE);
    const name = isPrivate ? field.slice(PRIVATE.length) : field;
    if (traits.privateFields) declare(this, name);
    this.#names.add(name);
    this[field] = value;
  }

  set(attributes) {
    const changes = [];
    for (const [name, value] of Object.entries(attributes)) {
      const previous = this[name];
      this.#assign(name, value);
      if (previous !== value) changes.push([name, value, previous]);
    }
    for (const [name, value, previous] of changes) this.trigger(`change:${name}`, this, value, previous);
    if (changes.length > 0) this.trigger('change', this);
    return this;
  }

  trigger(name, ...values) {
    super.trigger(name, ...values);
    for (const collection of this.#collections) collection.trigger(name, ...values);
    return this;
  }

  joins(collection) {
    this.#collections.add(collection);
  }

  leaves(collection) {
    this.#collections.delete(collection);
  }

  serialize() {
    return plain(Object.fromEntries([...this.#names].map((name) => [name, this[name]])));
  }

  toJSON() {
    return this.serialize();
  }
}
