/** A reader of server-sent events, as the HTML standard says, over the body of an answer. */
import { expect } from 'vitest';

export interface ReadEvent {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const PATIENCE = { timeout: 20_000, interval: 5 };

export class EventReading {
  readonly events: ReadEvent[] = [];
  /** Everything that came, comments too. */
  text = '';
  /** Where it would come back to. */
  lastEventId: string;
  /** How the stream ended: null for a proper end. Never rejects. */
  readonly ended: Promise<unknown>;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #rest = '';

  constructor(response: Response, lastEventId = '') {
    if (!response.body) throw new Error(`There is no stream in an answer with status ${response.status}.`);
    this.lastEventId = lastEventId;
    this.#reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    this.ended = this.#readAll().then(
      () => null,
      (error: unknown) => error,
    );
  }

  /** The numbers of the facts, in the order in which they came. */
  get numbers(): readonly number[] {
    return this.events.flatMap(({ type, data }) => (type === 'gap' ? [] : [Number(data.seq)]));
  }

  /** The first so many events, as soon as they are there. */
  async first(count: number): Promise<readonly ReadEvent[]> {
    await expect.poll(() => this.events.length, PATIENCE).toBeGreaterThanOrEqual(count);
    return this.events.slice(0, count);
  }

  /** Hangs up. */
  async close(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }

  async #readAll(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) return;
      this.text += value;
      const blocks = (this.#rest + value).split('\n\n');
      this.#rest = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block);
    }
  }

  #take(block: string): void {
    let data = '';
    for (const line of block.split('\n')) {
      const [, field, value = ''] = /^([a-z]+): ?(.*)$/.exec(line) ?? [];
      if (field === 'id') this.lastEventId = value;
      if (field === 'data') data += value;
    }
    if (data === '') return;
    const event = JSON.parse(data) as Omit<ReadEvent, 'id'>;
    this.events.push({ id: this.lastEventId, type: event.type, data: event.data });
  }
}
