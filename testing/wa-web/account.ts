import { randomBytes } from 'node:crypto';
import { type Delivery, deliveryOf, type Frame } from './delivery.js';
import type { PageConnection } from './page-connection.js';
import type { RegisteredPasskey } from './passkey.js';
import type { Credentials, OfflineFrame, ServerFrame, SocketState, WireMessage } from './wire.js';

export interface AccountView {
  phone: string;
  name: string;
  /** Ids of the paired devices (one a pairing). */
  devices: string[];
  connected: boolean;
  /** What the page last said of itself; null while it is not connected. */
  state: SocketState | null;
  synced: boolean;
  sent: number;
  /** Inbound messages, votes and acknowledgements that no page has confirmed yet. */
  waiting: number;
}

const personOf = (id: string): string => (id.endsWith('@lid') ? `${id.slice(1, -'@lid'.length)}@c.us` : id);

/** One WhatsApp account, as the server has it. */
export class Account {
  readonly phone: string;
  name: string;
  readonly #devices = new Map<string, string>();
  readonly #deliveries = new Map<string, Delivery>();
  readonly frames: Frame[] = [];
  readonly passkeys: RegisteredPasskey[] = [];
  readonly #waiting: OfflineFrame[] = [];
  /** Chats in which something was written, by either side. */
  readonly #chats = new Set<string>();
  /** What the page cannot read yet, by message id. */
  readonly #sealed = new Map<string, { type: string; [name: string]: unknown }>();
  /** Its connected pages, the latest last: an account may have several devices. */
  readonly #pages: PageConnection[] = [];

  constructor(phone: string, name: string) {
    this.phone = phone;
    this.name = name;
  }

  get lid(): string {
    return `9${this.phone}`;
  }

  get deliveries(): Delivery[] {
    return [...this.#deliveries.values()];
  }

  get page(): PageConnection | undefined {
    return this.#pages.at(-1);
  }

  /** A page of one of its devices; another page of the same device loses. */
  connect(page: PageConnection): void {
    for (const other of this.#pages) if (other.device === page.device) other.send({ t: 'conflict' });
    this.#pages.push(page);
  }

  disconnect(page: PageConnection): void {
    const index = this.#pages.indexOf(page);
    if (index >= 0) this.#pages.splice(index, 1);
  }

  tell(frame: ServerFrame): void {
    for (const page of this.#pages) page.send(frame);
  }

  get messageFrames(): number {
    return this.frames.filter(({ frame }) => (frame as { t?: string }).t === 'send').length;
  }

  delivery(id: string): Delivery | undefined {
    return this.deliveries.find((each) => each.id === id || each.id.split('_')[2] === id);
  }

  pair(): Credentials {
    const device = randomBytes(6).toString('hex');
    const secret = randomBytes(16).toString('hex');
    this.#devices.set(device, secret);
    return { phone: this.phone, device, secret };
  }

  knows({ device, secret }: Credentials): boolean {
    return this.#devices.get(device) === secret;
  }

  unpair(device?: string): void {
    if (device === undefined) this.#devices.clear();
    else this.#devices.delete(device);
  }

  /** Takes a message; the same id a second time is counted, not delivered again. */
  take(message: WireMessage): Delivery {
    const known = this.#deliveries.get(message.id);
    if (known) {
      known.frames += 1;
      return known;
    }
    const delivery = deliveryOf(message, new Date().toISOString());
    this.#deliveries.set(message.id, delivery);
    this.#chats.add(personOf(message.to));
    return delivery;
  }

  /** A person's lid is another name of the same chat. */
  hasChat(id: string): boolean {
    return this.#chats.has(personOf(id));
  }

  /** Keeps the content of a message that the page is shown without it. */
  seal(messageId: string, content: { type: string; [name: string]: unknown }): void {
    this.#sealed.set(messageId, content);
  }

  unseal(messageId: string): { type: string; [name: string]: unknown } {
    const content = this.#sealed.get(messageId);
    if (!content) throw new Error(`${this.phone} has no unreadable message ${messageId}`);
    this.#sealed.delete(messageId);
    return content;
  }

  /** Offers something to the page, now or when it comes back, until the page confirms it. */
  offer(frame: OfflineFrame): void {
    if (frame.t === 'message') this.#chats.add(personOf(frame.message.chat));
    if (frame.t !== 'ack' || !this.page) this.#waiting.push(frame);
    this.tell(frame);
  }

  offerAgain(page: PageConnection): void {
    for (const frame of [...this.#waiting]) {
      page.send(frame);
      if (frame.t === 'ack') this.#waiting.splice(this.#waiting.indexOf(frame), 1);
    }
  }

  confirm(id: string): void {
    const index = this.#waiting.findIndex((frame) => {
      if (frame.t === 'ack') return false;
      return Object.values(frame).some((part) => typeof part === 'object' && part.id === id);
    });
    if (index >= 0) this.#waiting.splice(index, 1);
  }

  view(): AccountView {
    return {
      phone: this.phone,
      name: this.name,
      devices: [...this.#devices.keys()],
      connected: this.page !== undefined,
      state: this.page?.state ?? null,
      synced: this.page?.synced ?? false,
      sent: this.#deliveries.size,
      waiting: this.#waiting.length,
    };
  }
}
