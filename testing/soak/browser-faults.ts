/** Faults of the instances in real Chromium: done to their processes, and to the WhatsApp Web that they show. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { browsers, renderers } from '../fleet/browsers.js';
import type { Chance } from '../simulation/chance.js';
import type { WaWeb } from '../wa-web/wa-web.js';
import type { Tally } from './tally.js';

export interface Account {
  readonly id: string;
  readonly phone: string;
}

const MEAN_PAUSE_MS = 2_500;
const HANG_MS = 1_500;

interface Fault {
  readonly name: string;
  readonly weight: number;
  /** False where there was nothing to strike. */
  readonly strike: (account: Account) => boolean | Promise<boolean>;
}

export class BrowserFaults {
  readonly #web: WaWeb;
  readonly #accounts: readonly Account[];
  readonly #chance: Chance;
  readonly #tally: Tally;
  readonly #faults: readonly Fault[];
  #blowing: Promise<void> | undefined;
  #isOver = false;

  constructor(
    web: WaWeb,
    { accounts, profiles }: { readonly accounts: readonly Account[]; readonly profiles: string },
    chance: Chance,
    tally: Tally,
  ) {
    this.#web = web;
    this.#accounts = accounts;
    this.#chance = chance;
    this.#tally = tally;
    const state = (name: 'OPENING' | 'TIMEOUT' | 'CONNECTED' | 'CONFLICT' | 'UNPAIRED') => ({
      name: `Chromium: socket ${name}`,
      weight: 1,
      strike: this.#onPage(({ phone }) => web.socketState(phone, name)),
    });
    this.#faults = [
      {
        name: 'Chromium: browser killed',
        weight: 4,
        strike: ({ id }) => killed(browsers(join(profiles, id))),
      },
      {
        name: 'Chromium: renderer killed',
        weight: 3,
        strike: ({ id }) => killed(renderers(join(profiles, id))),
      },
      {
        name: 'Chromium: page crashed',
        weight: 3,
        strike: this.#onPage(({ phone }) => web.pageCommand(phone, 'crash')),
      },
      {
        name: 'Chromium: page reloaded',
        weight: 2,
        strike: this.#onPage(({ phone }) => web.pageCommand(phone, 'reload')),
      },
      {
        name: 'Chromium: page hung',
        weight: 2,
        strike: this.#onPage(({ phone }) => web.pageCommand(phone, 'hang', HANG_MS)),
      },
      {
        name: 'Chromium: connection cut',
        weight: 2,
        strike: this.#onPage(({ phone }) => web.kick(phone)),
      },
      {
        name: 'Chromium: unlinked by the phone',
        weight: 1,
        strike: this.#onPage(({ phone }) => web.unlink(phone)),
      },
      {
        name: 'Chromium: acknowledgement withheld',
        weight: 1,
        strike: this.#onPage(({ phone }) => web.setFaults({ withholdAcks: 1 }, phone)),
      },
      {
        name: 'Chromium: ready lost',
        weight: 1,
        strike: this.#onPage(({ phone }) => web.setFaults({ loseReady: true }, phone)),
      },
      {
        name: 'Chromium: message received',
        weight: 2,
        strike: this.#onPage(({ phone }) => {
          web.receive(phone, { from: '4915199999998', body: 'hello' });
        }),
      },
      ...(['OPENING', 'TIMEOUT', 'CONNECTED', 'CONFLICT', 'UNPAIRED'] as const).map(state),
    ];
  }

  begin(): void {
    this.#isOver = false;
    this.#blowing = this.#blow();
  }

  /** Resolves when nothing strikes any more, and what would last is mended. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#blowing;
    for (const { phone } of this.#accounts) {
      await this.#onPage(() => this.#web.clearFaults(phone))({ id: '', phone });
      for (const { id, ack } of this.#web.sent(phone)) if (ack < 1) this.#web.ack(phone, id, 1);
    }
  }

  async #blow(): Promise<void> {
    while (!this.#isOver) {
      const { name, strike } = this.#chance.weighted(this.#faults);
      if (await strike(this.#chance.of(this.#accounts))) this.#tally.add(name);
      await pause(this.#chance.between(0, 2 * MEAN_PAUSE_MS));
    }
  }

  /** Only where the account has a page that is connected. */
  #onPage(strike: (account: Account) => unknown): Fault['strike'] {
    return async (account) => {
      if (!this.#web.accounts().some(({ phone, connected }) => phone === account.phone && connected))
        return false;
      try {
        await strike(account);
      } catch {
        // Its browser is going: the page did not live to obey.
        return false;
      }
      return true;
    };
  }
}

/** False where none of them lived any more. */
const killed = (pids: readonly number[]): boolean =>
  pids.filter((pid) => {
    try {
      return process.kill(pid, 'SIGKILL');
    } catch {
      // It ended after it was seen.
      return false;
    }
  }).length > 0;
