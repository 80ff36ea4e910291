/** The driver port with faults: slow, twice, speaking twice, and silent for ever once its process is dead. */
import {
  type Driver,
  DriverError,
  type DriverEvent,
  type OpenRequest,
  type SendRequest,
} from '@wakeeper/lifecycle';
import type { Life } from './life.js';

/** Doing these twice changes nothing, by the port's own rules. */
const REPEATABLE: ReadonlySet<string> = new Set([
  'probe',
  'findSent',
  'fetchMessages',
  'close',
  'remove',
  'screenshot',
]);
/** Well below the grace that the chart gives an adapter beyond its own deadline. */
const MAX_DELAY_MS = 900;
/** What a page is asked for takes a moment on its way there: only so can anything happen meanwhile. */
const ON_THE_WAY: ReadonlySet<string> = new Set(['probe', 'reload', 'logout']);
const MAX_WAY_MS = 25;

export interface Voice {
  readonly id: string;
  readonly generation: number;
  readonly hear: (event: DriverEvent) => void;
  /** Its browser may not even have been asked for. */
  isOpening: boolean;
}

/** What was said before, for the wrong ears. */
const SILENT: ReadonlySet<DriverEvent['type']> = new Set([
  'inbound',
  'created',
  'edited',
  'revoked',
  'reaction',
  'pollVote',
  'unreadable',
  'timelock',
  'pageError',
]);

/** An open and a close are heard at once, and in their order: who opens after a close waits for its end. */
function longestWay(call: string, isSlow: boolean): number {
  if (call === 'open' || call === 'close') return 0;
  if (isSlow) return MAX_DELAY_MS;
  return ON_THE_WAY.has(call) ? MAX_WAY_MS : 0;
}

export function faultyDriver(inner: Driver, life: Life): Driver {
  const { world } = life;
  const pause = (ms: number) => new Promise<void>((resolve) => life.clock.setTimeout(() => resolve(), ms));

  async function call<T>(name: string, id: string, effect: () => Promise<T>): Promise<T> {
    if (!life.drives) return never();
    if (life.isKilledAt('before')) return never();
    const mode = world.driverModes.get(id);
    const delay = longestWay(name, mode === 'slow');
    if (delay > 0) await pause(world.chance.between(1, delay));
    if (!life.drives) return never();
    const asked = effect();
    if (mode === 'repeats' && REPEATABLE.has(name)) effect().catch(() => {});
    try {
      const answer = await asked;
      if (life.isKilledAt('after')) return never();
      if (mode === 'slow') await pause(world.chance.between(1, MAX_DELAY_MS));
      return life.drives ? answer : never();
    } catch (error) {
      if (life.drives) throw error;
      return never();
    }
  }

  function open(request: OpenRequest): Promise<void> {
    if (!life.drives) return never();
    const { instanceId: id, generation, signal } = request;
    const voice: Voice = { id, generation, hear: request.hear, isOpening: true };
    life.voices.push(voice);
    const hear = (event: DriverEvent) => {
      if (!life.drives) return;
      if (!SILENT.has(event.type)) {
        const account = event.type === 'ready' ? world.whatsapp.account(id).identity.id : undefined;
        life.note({
          kind: 'heard',
          id,
          generation,
          event: wordOf(event),
          ...(account !== undefined && { account }),
        });
      }
      request.hear(event);
      if (world.speaksTwice(id, wordOf(event))) request.hear(event);
    };
    life.note({ kind: 'open', id, generation, beside: world.whatsapp.openGeneration(id) });
    const over = () => {
      voice.isOpening = false;
      life.note({ kind: 'open over', id, generation });
    };
    const opening = call('open', id, () => {
      const given = { code: 'ABORTED', message: 'Given up before it began.' } as const;
      return signal.aborted ? Promise.reject(new DriverError(given)) : inner.open({ ...request, hear });
    });
    opening.then(over, over);
    return opening;
  }

  async function send(request: SendRequest) {
    const { instanceId: id, messageKey, content } = request;
    const place = world.placeNow(id);
    const text = content.type === 'poll' ? content.payload.question : (content.payload.text ?? '');
    return call('send', id, async () => {
      const wasDelivered = world.whatsapp.deliveries(id).some((one) => one.messageKey === messageKey);
      life.note({ kind: 'attempt', id, text, messageKey, wasDelivered, place });
      const over = () => life.note({ kind: 'attempt over', id, text });
      const report = await inner.send(request);
      if (report.outcome === 'unknown') void report.settled.then(over);
      else over();
      return report;
    });
  }

  /** The browser is closed, and the answer lost: a driver that breaks the rules of its port. */
  async function spoiltClose(id: string, closed: Promise<void>): Promise<void> {
    await closed;
    const fault = life.drives ? world.takeClose(id) : undefined;
    if (fault === 'call hangs') return never();
    if (fault === 'call fails') throw new DriverError({ code: 'DISCONNECTED', message: 'Closed, or not.' });
  }

  return {
    name: inner.name,
    open,
    send,
    probe: (request) => call('probe', request.instanceId, () => inner.probe(request)),
    testPage: (request) => call('testPage', request.instanceId, () => inner.testPage(request)),
    reload: (request) => call('reload', request.instanceId, () => inner.reload(request)),
    findSent: (request) => call('findSent', request.instanceId, () => inner.findSent(request)),
    lookupNumber: (request) => call('lookupNumber', request.instanceId, () => inner.lookupNumber(request)),
    listChats: (request) => call('listChats', request.instanceId, () => inner.listChats(request)),
    requestPairingCode: (request) =>
      call('requestPairingCode', request.instanceId, () => inner.requestPairingCode(request)),
    submitPasskey: (request) => call('submitPasskey', request.instanceId, () => inner.submitPasskey(request)),
    fetchMessages: (request) => call('fetchMessages', request.instanceId, () => inner.fetchMessages(request)),
    fetchMedia: (request) => call('fetchMedia', request.instanceId, () => inner.fetchMedia(request)),
    react: (request) => call('react', request.instanceId, () => inner.react(request)),
    markRead: (request) => call('markRead', request.instanceId, () => inner.markRead(request)),
    screenshot: (request) => call('screenshot', request.instanceId, () => inner.screenshot(request)),
    logout: (request) => {
      const { instanceId: id } = request;
      // Whoever is being unlinked is given up, a launch too.
      if (life.drives) life.note({ kind: 'close', id, mode: 'logout' });
      return call('logout', id, () => inner.logout(request));
    },
    close: (request) => {
      if (!life.drives) return never();
      const { instanceId: id, mode } = request;
      life.note({ kind: 'close', id, mode });
      const closing = call('close', id, () => spoiltClose(id, inner.close(request)));
      closing.then(
        () => life.note({ kind: 'close over', id }),
        () => {},
      );
      return closing;
    },
    remove: (id) => call('remove', id, () => inner.remove(id)),
    adopt: (request) => call('adopt', request.instanceId, () => inner.adopt(request)),
    shutdown: () => inner.shutdown(),
  };
}

function wordOf(event: DriverEvent): string {
  if (event.type === 'lost') return `lost ${event.failure.code}`;
  if (event.type === 'socketState') return `socketState ${event.state}`;
  return event.type === 'ack' ? `ack ${event.ack} ${event.messageKey}` : event.type;
}

const never = (): Promise<never> => new Promise(() => {});
