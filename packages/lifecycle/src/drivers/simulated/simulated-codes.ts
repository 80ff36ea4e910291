/** What a simulated page shows: codes that look like WhatsApp's, and a picture of itself. */
import type { AccountIdentity } from '../../domain/instance-state.js';

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** Without letters that are easily confused, as WhatsApp has it. */
const PAIRING = '123456789ABCDEFGHJKLMNPQRSTVWXYZ';

const pick = (alphabet: string, length: number, random: () => number): string =>
  Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');

/** Five fields, as a real one: reference, noise key, identity key, secret, platform. */
export const simulatedQr = (random: () => number): string =>
  [
    `2@${pick(BASE64, 64, random)}`,
    ...[43, 43, 43].map((length) => `${pick(BASE64, length, random)}=`),
    '1',
  ].join(',');

export const simulatedPairingCode = (random: () => number): string => pick(PAIRING, 8, random);

/** FNV-1a: the same instance always has the same number. */
const hash = (text: string): number => {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return value;
};

/** The number of whoever scans the codes of an instance, unless a test says whose phone it is. */
export const simulatedNumber = (instanceId: string): string =>
  `49151${String(hash(instanceId)).padStart(10, '0').slice(0, 8)}`;

export const simulatedIdentity = (phoneNumber: string, pushName: string): AccountIdentity => ({
  id: `${phoneNumber}@c.us`,
  phoneNumber,
  pushName,
});

/** One grey pixel. */
export const simulatedScreenshot = (): Uint8Array =>
  new Uint8Array(
    Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGO4CwAA3wDeKXlwtgAAAABJRU5ErkJggg==',
      'base64',
    ),
  );
