/** Books: what each instance accepted, what its queue says became of it, and what WhatsApp really has. */
import type { KeptItem } from './soak-messages.js';

/** What is found at the end about the messages of one instance. */
export interface Account {
  readonly accepted: readonly string[];
  /** Of earlier instances of that name, whose queue was removed with them. */
  readonly removed: ReadonlySet<string>;
  /** Items that were uncertain for a moment, or were settled by a person: what became of them nobody promises. */
  readonly doubted: ReadonlySet<string>;
  /** In the order of acceptance. */
  readonly kept: readonly KeptItem[];
  /** In the order of arrival. */
  readonly delivered: readonly string[];
}

/** Broken promises, as sentences. */
export function judge(id: string, { accepted, removed, doubted, kept, delivered }: Account): string[] {
  const violations: string[] = [];
  const items = new Map(kept.map((item) => [item.text, item]));
  const isDoubted = (text: string) => doubted.has(items.get(text)?.queueId ?? '');
  for (const text of accepted)
    if (!items.has(text) && !removed.has(text)) violations.push(`${text} was accepted and is gone`);
  const arrived = new Set<string>();
  for (const text of delivered) {
    if (arrived.has(text)) violations.push(`${text} arrived twice`);
    if (!items.has(text) && !removed.has(text)) violations.push(`${text} arrived and was never accepted`);
    arrived.add(text);
  }
  for (const { text, status, errorCode } of kept) {
    if (status === 'queued' || status === 'sending') violations.push(`${text} is still ${status}`);
    else if (status !== 'sent' && !errorCode) violations.push(`${text} is ${status} without a reason`);
    if (isDoubted(text) || status === 'uncertain') continue;
    if (status === 'sent' && !arrived.has(text)) violations.push(`${text} is sent and never arrived`);
    if (status !== 'sent' && arrived.has(text)) violations.push(`${text} is ${status} and arrived`);
  }
  const due = kept.map(({ text }) => text).filter((text) => arrived.has(text) && !isDoubted(text));
  const came = delivered.filter((text) => items.has(text) && !isDoubted(text));
  const place = came.findIndex((text, index) => text !== due[index]);
  if (place >= 0) violations.push(`${came[place]} overtook ${due[place]}`);
  return violations.map((sentence) => `${id}: ${sentence}.`);
}

export interface BookTotals {
  readonly accepted: number;
  readonly delivered: number;
  readonly byStatus: Readonly<Record<string, number>>;
  readonly removed: number;
}

interface Page {
  readonly accepted: string[];
  readonly removed: Set<string>;
  readonly doubted: Set<string>;
  readonly kept: KeptItem[];
  readonly delivered: string[];
}

export class Books {
  readonly #pages = new Map<string, Page>();

  accepted(id: string, text: string): void {
    this.#page(id).accepted.push(text);
  }
  doubted(id: string, queueId: string): void {
    this.#page(id).doubted.add(queueId);
  }
  /** Everything so far is gone with its queue; it may have arrived or not. */
  removed(id: string): void {
    const { accepted, removed } = this.#page(id);
    for (const text of accepted) removed.add(text);
  }
  kept(id: string, items: readonly KeptItem[]): void {
    this.#page(id).kept.push(...items);
  }
  delivered(id: string, texts: readonly string[]): void {
    this.#page(id).delivered.push(...texts);
  }

  judge(): string[] {
    return [...this.#pages].flatMap(([id, page]) => judge(id, page));
  }

  get totals(): BookTotals {
    const byStatus: Record<string, number> = {};
    let [accepted, delivered, removed] = [0, 0, 0];
    for (const page of this.#pages.values()) {
      accepted += new Set(page.accepted).size;
      delivered += page.delivered.length;
      removed += page.removed.size;
      for (const { status } of page.kept) byStatus[status] = (byStatus[status] ?? 0) + 1;
    }
    return { accepted, delivered, byStatus, removed };
  }

  #page(id: string): Page {
    const page = this.#pages.get(id) ?? {
      accepted: [],
      removed: new Set(),
      doubted: new Set(),
      kept: [],
      delivered: [],
    };
    this.#pages.set(id, page);
    return page;
  }
}
