import { Emitter } from './emitter.js';

/** Of a text, a wid, or a message key: each says its own text. */
const keyOf = (id) => (id === undefined || id === null ? undefined : String(id));

/** Models by id, in the order in which they came; repeats the events of its models, as Backbone's collections do. */
export class Collection extends Emitter {
  #models = new Map();
  #create;

  constructor(create) {
    super();
    this.#create = create;
  }

  get length() {
    return this.#models.size;
  }

  get(id) {
    return this.#models.get(keyOf(id));
  }

  async find(id) {
    return this.get(id) ?? this.#create?.(id);
  }

  getModelsArray() {
    return [...this.#models.values()];
  }

  add(model, { silent = false } = {}) {
    this.#models.set(keyOf(model.id), model);
    model.joins(this);
    if (!silent) this.trigger('add', model, this);
    return model;
  }

  remove(model) {
    if (!this.#models.delete(keyOf(model.id))) return;
    this.trigger('remove', model, this);
    model.leaves(this);
  }
}
