/** A page with a paired account receives its history and becomes ready; or what a fault makes of that. */
import type { DriverEvent, FailureCode } from '../../ports/driver.js';
import type { SimulatedAccount } from './simulated-account.js';
import type { SimulatedFaults } from './simulated-faults.js';

export interface SynchronisingPage {
  readonly account: SimulatedAccount;
  say(event: DriverEvent): void;
  /** A timer that ends with the page. */
  after(ms: number, fn: () => void): void;
  becomeReady(): void;
  lose(code: FailureCode, message: string): void;
}

export function synchronise(
  page: SynchronisingPage,
  syncMs: number,
  fault: SimulatedFaults['ready'] | undefined,
): void {
  const progress = (percent: number): void => page.say({ type: 'syncProgress', percent });
  if (fault === 'silent') return;
  if (fault === 'endlessSync') {
    const creep = (percent: number): void => {
      progress(percent);
      page.after(syncMs, () => creep(percent + (99 - percent) / 2));
    };
    creep(0);
    return;
  }
  if (fault === 'early') {
    page.say({ type: 'authenticated' });
    page.becomeReady();
    return;
  }
  page.after(syncMs / 2, () => progress(50));
  page.after(syncMs, () => {
    page.say({ type: 'authenticated' });
    if (fault === 'never') return;
    if (typeof fault === 'object') {
      if ('lost' in fault) page.lose(fault.lost, `The simulated page ended: ${fault.lost}.`);
      else page.say({ type: 'pageError', message: fault.pageError });
      return;
    }
    page.becomeReady();
    if (fault === 'twice') {
      page.say({ type: 'authenticated' });
      page.say({ type: 'ready', me: page.account.identity });
    }
  });
}
