import { settings } from './settings.js';

const stores = ['session', 'messages', 'votes'];

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** IndexedDB: what was put is there after a kill -9 of the browser. */
class IndexedStorage {
  #opened;

  #database() {
    this.#opened ??= (() => {
      const request = indexedDB.open('wa-web', 1);
      request.onupgradeneeded = () => {
        for (const store of stores) request.result.createObjectStore(store);
      };
      return settled(request);
    })();
    return this.#opened;
  }

  async #change(names, change) {
    const transaction = (await this.#database()).transaction(names, 'readwrite');
    change(transaction);
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
  }

  async all(store) {
    const database = await this.#database();
    return settled(database.transaction(store).objectStore(store).getAll());
  }

  put(store, key, value) {
    return this.#change([store], (transaction) => transaction.objectStore(store).put(value, key));
  }

  remove(store, key) {
    return this.#change([store], (transaction) => transaction.objectStore(store).delete(key));
  }

  clear() {
    return this.#change(stores, (transaction) => {
      for (const store of stores) transaction.objectStore(store).clear();
    });
  }
}

/** localStorage: what was put in the last five seconds or so is lost by a kill -9 of the browser. */
class LocalStorage {
  async all(store) {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(`${store}/`))
      .map((key) => JSON.parse(localStorage.getItem(key)));
  }

  async put(store, key, value) {
    localStorage.setItem(`${store}/${key}`, JSON.stringify(value));
  }

  async remove(store, key) {
    localStorage.removeItem(`${store}/${key}`);
  }

  async clear() {
    localStorage.clear();
  }
}

export const storage = settings.storage === 'localstorage' ? new LocalStorage() : new IndexedStorage();
