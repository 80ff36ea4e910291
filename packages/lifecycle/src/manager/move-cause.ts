/** Why an instance moves, as a code: by whose command, after which failure, or by what was heard. */
import type { InstanceCommand } from '../instance/instance-events.js';
import type { Place } from './observer.js';

/** What makes the chart move from outside the driver. */
export type Trigger = InstanceCommand['type'] | 'boot' | 'create' | 'revive';

const TRIGGERS: Readonly<Record<Trigger, string>> = {
  boot: 'BOOT',
  create: 'CREATE',
  revive: 'REVIVE',
  'instance.start': 'START',
  'instance.stop': 'STOP',
  'instance.restart': 'RESTART',
  'instance.logout': 'LOGOUT',
  'instance.showQr': 'SHOW_QR',
  'recovery.suspend': 'SUSPEND',
  'recovery.resume': 'RESUME',
  'recovery.retest': 'RETEST',
};

/** Places that tell by themselves what was heard. */
const HEARD: ReadonlyMap<string, string> = new Map([
  ['needs_qr.showing', 'QR_NEEDED'],
  ['needs_qr.passkey', 'PASSKEY_REQUIRED'],
  ['needs_qr.confirming', 'PASSKEY_GIVEN'],
  ['connecting.reconnecting', 'RECONNECTING'],
  ['connecting.reloading', 'PAGE_CRASHED'],
]);

export interface MoveSigns {
  /** What the chart is being told right now. */
  readonly trigger: Trigger | null;
  /** The code of a failure that was noted with the move. */
  readonly failure: string | null;
  /** The cause of the move before. */
  readonly before: string | null;
}

export function causeOf(from: Place, to: Place, { trigger, failure, before }: MoveSigns): string | null {
  if (trigger) return TRIGGERS[trigger];
  if (failure) return failure;
  if (from.state === 'needs_qr' && (to.state === 'connecting' || to.state === 'ready')) return 'SCANNED';
  return HEARD.get(`${to.state}.${to.detail}`) ?? before;
}
