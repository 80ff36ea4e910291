import { randomBytes, randomInt } from 'node:crypto';
import type { Faults } from './faults.js';
import type { PageConnection } from './page-connection.js';

const QR_REFRESH_MS = 20_000;
const CODE_LETTERS = '123456789ABCDEFGHJKLMNPQRSTVWXYZ';

export interface UnpairedPage {
  /** The first field of the QR string this page shows now. */
  ref: string;
  /** The pairing code it asked for, and for which number. */
  code?: string;
  phone?: string;
}

interface Candidate extends UnpairedPage {
  refs: number;
  timer: NodeJS.Timeout | undefined;
}

/** Pages without an account: each shows a ref that changes, some also asked for a pairing code. */
export class Pairing {
  readonly #candidates = new Map<PageConnection, Candidate>();
  readonly #faults: () => Faults;
  readonly #onRef: (ref: string) => void;

  constructor(faults: () => Faults, onRef: (ref: string) => void) {
    this.#faults = faults;
    this.#onRef = onRef;
  }

  get pages(): UnpairedPage[] {
    return [...this.#candidates.values()].map(({ ref, code, phone }) => ({
      ref,
      ...(code === undefined ? {} : { code }),
      ...(phone === undefined ? {} : { phone }),
    }));
  }

  /** A page that shows a QR, from now on; also one that asks for more refs after it used up its own. */
  offer(page: PageConnection): void {
    const known = this.#candidates.get(page);
    clearTimeout(known?.timer);
    this.#candidates.set(page, { ...known, ref: '', refs: 0, timer: undefined });
    this.#nextRef(page);
  }

  withdraw(page: PageConnection): void {
    clearTimeout(this.#candidates.get(page)?.timer);
    this.#candidates.delete(page);
  }

  codeFor(page: PageConnection, phone: string): string {
    const candidate = this.#candidates.get(page);
    if (!candidate) throw new Error('this page is paired already');
    candidate.code = Array.from({ length: 8 }, () => CODE_LETTERS[randomInt(CODE_LETTERS.length)]).join('');
    candidate.phone = phone;
    return candidate.code;
  }

  byRef(ref: string): PageConnection | undefined {
    return this.#find((candidate) => candidate.ref === ref)?.[0];
  }

  byCode(code: string): { page: PageConnection; phone: string } | undefined {
    const found = this.#find((candidate) => candidate.code === code);
    return found && { page: found[0], phone: found[1].phone ?? '' };
  }

  close(): void {
    for (const page of [...this.#candidates.keys()]) this.withdraw(page);
  }

  #find(matches: (candidate: Candidate) => boolean): [PageConnection, Candidate] | undefined {
    return [...this.#candidates].find(([, candidate]) => matches(candidate));
  }

  #nextRef(page: PageConnection): void {
    const candidate = this.#candidates.get(page);
    if (!candidate) return;
    const { qrRefs, qrRefreshMs = QR_REFRESH_MS } = this.#faults();
    if (qrRefs !== undefined && candidate.refs >= qrRefs) {
      page.send({ t: 'refsUsedUp' });
      return;
    }
    candidate.refs += 1;
    candidate.ref = `2@${randomBytes(60).toString('base64')}`;
    page.send({ t: 'ref', ref: candidate.ref });
    this.#onRef(candidate.ref);
    if (qrRefreshMs > 0) candidate.timer = setTimeout(() => this.#nextRef(page), qrRefreshMs);
  }
}
