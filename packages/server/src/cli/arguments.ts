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
