/** The arguments that several commands share: how they are read, and refused. */
import { Argument, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { isInstanceId, messageOf, parseRecipient } from '@wakeeper/lifecycle';

export function instanceId(value: string): string {
  if (isInstanceId(value)) return value;
  throw new InvalidArgumentError('An instance id is 1 to 64 characters out of A-Z, a-z, 0-9, "_" and "-".');
}

/** Checked here too, so that a typing error is told before anything is asked. */
export function recipient(value: string): string {
  try {
    return parseRecipient(value);
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
}

const LONGEST_WAIT_S = 86_400;

export function seconds(value: string): number {
  if (/^\d{1,5}(\.\d{1,3})?$/.test(value) && Number(value) <= LONGEST_WAIT_S) return Number(value);
  throw new InvalidArgumentError(`It must be a number of seconds, at most ${LONGEST_WAIT_S}.`);
}

const PERIODS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `30d`, `12h`, `90m`, in milliseconds. */
export function period(value: string): number {
  const [, count, unit = ''] = /^([1-9]\d{0,3})([mhd])$/.exec(value) ?? [];
  const length = PERIODS[unit];
  if (count !== undefined && length !== undefined) return Number(count) * length;
  throw new InvalidArgumentError('It must be a number of minutes, hours or days, such as 90m, 12h or 30d.');
}

function serverUrl(value: string): string {
  if (/^https?:\/\/[^/]/.test(value) && URL.canParse(value)) return value.replace(/\/+$/, '');
  throw new InvalidArgumentError('It must be an http or https URL.');
}

export const idArgument = () => new Argument('<id>', 'the instance').argParser(instanceId);
export const jsonOption = () => new Option('--json', 'print JSON, for programs');
export const urlOption = () =>
  new Option('--url <url>', 'where the server is (WAKEEPER_URL; by default http://127.0.0.1:PORT)').argParser(
    serverUrl,
  );
export const apiKeyOption = () =>
  new Option('--api-key <key>', 'one of its API_KEYS (better: WAKEEPER_API_KEY)');
