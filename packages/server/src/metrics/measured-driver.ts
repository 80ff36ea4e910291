/** A driver that is timed: browsers that start, pages that become ready, health checks, sends. It behaves as the one inside. */
import type { Driver, DriverEvent, OpenRequest } from '@wakeeper/lifecycle';
import type { Instruments } from './instruments.js';

type Timed = Pick<Instruments, 'browserStarts' | 'readySeconds' | 'healthChecks' | 'sendSeconds'>;

/** @param now milliseconds that only grow */
export function measuredDriver(driver: Driver, timed: Timed, now: () => number): Driver {
  /** Once a generation: a page says `ready` again after a reload. A person who scans takes as long as they like. */
  const listening = ({ rung, hear }: OpenRequest, began: number) => {
    let counts = true;
    return (event: DriverEvent): void => {
      if (counts && (event.type === 'ready' || event.type === 'qr' || event.type === 'pairingCode')) {
        counts = false;
        if (event.type === 'ready') timed.readySeconds.observe({ rung }, (now() - began) / 1000);
      }
      hear(event);
    };
  };
  return {
    name: driver.name,
    open: async (request) => {
      const { rung, signal } = request;
      try {
        await driver.open({ ...request, hear: listening(request, now()) });
        timed.browserStarts.inc({ rung, result: 'opened' });
      } catch (error) {
        timed.browserStarts.inc({ rung, result: signal.aborted ? 'given_up' : 'failed' });
        throw error;
      }
    },
    probe: async (request) => {
      try {
        await driver.probe(request);
        timed.healthChecks.inc({ result: 'ok' });
      } catch (error) {
        timed.healthChecks.inc({ result: 'failed' });
        throw error;
      }
    },
    send: async (request) => {
      const began = now();
      const report = await driver.send(request);
      timed.sendSeconds.observe({ outcome: report.outcome }, (now() - began) / 1000);
      return report;
    },
    testPage: (request) => driver.testPage(request),
    reload: (request) => driver.reload(request),
    findSent: (request) => driver.findSent(request),
    lookupNumber: (request) => driver.lookupNumber(request),
    listChats: (request) => driver.listChats(request),
    requestPairingCode: (request) => driver.requestPairingCode(request),
    submitPasskey: (request) => driver.submitPasskey(request),
    fetchMessages: (request) => driver.fetchMessages(request),
    fetchMedia: (request) => driver.fetchMedia(request),
    react: (request) => driver.react(request),
    markRead: (request) => driver.markRead(request),
    screenshot: (request) => driver.screenshot(request),
    logout: (request) => driver.logout(request),
    close: (request) => driver.close(request),
    remove: (instanceId) => driver.remove(instanceId),
    adopt: (request) => driver.adopt(request),
    shutdown: () => driver.shutdown(),
  };
}
