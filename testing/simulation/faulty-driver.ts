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
const REPEATABLE: ReadonlySet<string> = new Set(['probe', 'findSent', 'close', 'remove', 'screenshot']);
/** Well below the grace that the chart gives an adapter beyond its own deadline. */
const MAX_DELAY_MS = 900;

export interface Voice {
  readonly id: string;
  readonly generation: number;
  readonly hear: (event: DriverEvent) => void;
}

/** What was said before, for the wrong ears. */
const SILENT: ReadonlySet<DriverEvent['type']> = new Set(['inbound', 'created', 'pollVote', 'pageError']);

export function faultyDriver(inner: Driver, life: Life): Driver {
  const { world } = life;
  const pause = (ms: number) => new Promise<void>((resolve) => life.clock.setTimeout(() => resolve(), ms));

  async function call<T>(name: string, id: string, effect: () => Promise<T>): Promise<T> {
    if (!life.drives) return never();
    if (life.isKilledAt('before')) return never();
    const mode = world.driverModes.get(id);
    if (mode === 'slow') await pause(world.chance.between(1, MAX_DELAY_MS));
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
    const voice: Voice = { id, generation, hear: request.hear };
    life.voices.push(voice);
    const hear = (event: DriverEvent) => {
      if (!life.drives) return;
      if (!SILENT.has(event.type)) life.note({ kind: 'heard', id, generation, event: wordOf(event) });
      request.hear(event);
      if (world.speaksTwice(id, wordOf(event))) request.hear(event);
    };
    life.note({ kind: 'open', id, generation, beside: world.whatsapp.openGeneration(id) });
    const over = () => life.note({ kind: 'open over', id, generation });
    const opening = call('open', id, () => {
      const given = { code: 'ABORTED', message: 'Given up before it began.' } as const;
      return signal.aborted ? Promise.reject(new DriverError(given)) : inner.open({ ...request, hear });
    });
    opening.then(over, over);
    return opening;
  }

  async function send(request: SendRequest) {
    const { instanceId: id, messageKey, content } = request;
    const text = content.type === 'poll' ? content.payload.question : (content.payload.text ?? '');
    return call('send', id, async () => {
      const wasDelivered = world.whatsapp.deliveries(id).some((one) => one.messageKey === messageKey);
      life.note({ kind: 'attempt', id, text, messageKey, wasDelivered });
      const over = () => life.note({ kind: 'attempt over', id, text });
      const report = await inner.send(request);
      if (report.outcome === 'unknown') void report.settled.then(over);
      else over();
      return report;
    });
  }

  return {
    name: inner.name,
    open,
    send,
    probe: (request) => call('probe', request.instanceId, () => inner.probe(request)),
    reload: (request) => call('reload', request.instanceId, () => inner.reload(request)),
    findSent: (request) => call('findSent', request.instanceId, () => inner.findSent(request)),
    requestPairingCode: (request) =>
      call('requestPairingCode', request.instanceId, () => inner.requestPairingCode(request)),
    screenshot: (request) => call('screenshot', request.instanceId, () => inner.screenshot(request)),
    logout: (request) => call('logout', request.instanceId, () => inner.logout(request)),
    close: (request) => {
      if (!life.drives) return never();
      const { instanceId: id, mode } = request;
      life.note({ kind: 'close', id, mode });
      const closing = call('close', id, () => inner.close(request));
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
