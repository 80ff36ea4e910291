/**
 * The clock and the network. A clock that is wrong by minutes breaks the TLS to WhatsApp and the times of everything that
 * is kept. Nobody on the machine knows the right time, so three are asked: the store, the system's own time service, and
 * the host that must be reachable.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { reaches } from '@wakeeper/lifecycle';
import type { HostAddress } from '../../variables.js';
import { type Finding, note, ok, wrong } from './finding.js';

const CHECK = 'clock';
const REMEDY = 'Let the system keep its clock: timedatectl set-ntp true, or install chrony.';
/** Beyond what a slow answer can explain. */
const TOLERANCE_MS = 60_000;
const DEADLINE_MS = 5000;

export interface ClockEvidence {
  readonly now: number;
  /** When the newest of the store was written; null when nothing is known. */
  readonly storeAt: number | null;
  /** What another host says that it is; null when none was asked or none answered. */
  readonly elsewhere: number | null;
  /** Whether the system's time service has synchronised the clock; null when it does not say. */
  readonly isSynchronised: boolean | null;
}

export function clockFinding({ now, storeAt, elsewhere, isSynchronised }: ClockEvidence): Finding {
  const off = elsewhere === null ? 0 : now - elsewhere;
  if (Math.abs(off) > TOLERANCE_MS)
    return wrong(
      CHECK,
      `The clock is ${Math.round(Math.abs(off) / 1000)} s ${off > 0 ? 'ahead of' : 'behind'} that of the host in HOST_CHECK.`,
      REMEDY,
    );
  if (storeAt !== null && storeAt - now > TOLERANCE_MS)
    return wrong(
      CHECK,
      `The store has entries of ${new Date(storeAt).toISOString()}, and the clock says ${new Date(now).toISOString()}: it was set back, or was ahead before.`,
      REMEDY,
    );
  if (elsewhere !== null) return ok(CHECK, 'The clock agrees with that of the host in HOST_CHECK.');
  if (isSynchronised === false) return note(CHECK, 'The system does not synchronise its clock.', REMEDY);
  if (isSynchronised) return ok(CHECK, 'The system synchronises its clock.');
  return note(CHECK, 'The clock contradicts nothing here; whether it is right could not be asked.');
}

/** What systemd says; null without it. */
export async function synchronisedBySystem(): Promise<boolean | null> {
  try {
    const { stdout } = await promisify(execFile)(
      'timedatectl',
      ['show', '-p', 'NTPSynchronized', '--value'],
      {
        timeout: DEADLINE_MS,
      },
    );
    const word = stdout.trim();
    return word === 'yes' ? true : word === 'no' ? false : null;
  } catch {
    return null;
  }
}

export interface HostAnswer {
  readonly finding: Finding;
  /** Its clock, epoch milliseconds; null when it does not say. */
  readonly date: number | null;
}

/** Whether the host that must be reachable is, and what its clock says where it speaks HTTP. */
export async function networkCheck(
  address: HostAddress,
  url = `https://${address.host}:${address.port}/`,
): Promise<HostAnswer> {
  const name = `${address.host}:${address.port}`;
  if (await reaches(address.host, address.port)(AbortSignal.timeout(DEADLINE_MS)))
    return { finding: ok('network', `${name} can be reached.`), date: await dateOf(url) };
  const finding = wrong(
    'network',
    `${name} cannot be reached.`,
    'Look at DNS and firewall. Where it must not be reachable, set HOST_CHECK to another host, or to none.',
  );
  return { finding, date: null };
}

/** Of the answer's head; null where there is none. */
async function dateOf(url: string): Promise<number | null> {
  try {
    const response = await fetch(url, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    return Date.parse(response.headers.get('date') ?? '') || null;
  } catch {
    return null;
  }
}
