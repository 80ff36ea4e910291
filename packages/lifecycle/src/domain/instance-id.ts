/**
 * The name of an instance: chosen by the user, used in URLs, logs and as the name of the profile folder.
 */
import { LifecycleError } from './errors.js';

declare const brand: unique symbol;
/** 1 to 64 characters out of `A-Z a-z 0-9 _ -`. Case matters: `Shop` and `shop` are two instances. */
export type InstanceId = string & { readonly [brand]: 'InstanceId' };

const INSTANCE_ID = /^[A-Za-z0-9_-]{1,64}$/;

export const isInstanceId = (value: unknown): value is InstanceId =>
  typeof value === 'string' && INSTANCE_ID.test(value);

/** @throws LifecycleError `INVALID_INPUT` when the value is not an instance id. */
export function parseInstanceId(value: unknown): InstanceId {
  if (isInstanceId(value)) return value;
  throw new LifecycleError('INVALID_INPUT', {
    message: 'An instance id is 1 to 64 characters out of A-Z, a-z, 0-9, "_" and "-".',
    details: { path: 'id' },
  });
}

/**
 * The folder of an instance's profile. Injective also on file systems that ignore case: a capital letter is written as
 * itself behind a `=`, which no id contains, so `Shop` is `=Shop` and never meets `shop`.
 */
export const profileFolder = (id: InstanceId): string => id.replace(/[A-Z]/g, (letter) => `=${letter}`);

/** The id whose profile folder this is, or undefined when the folder is not one of ours. */
export function instanceOfProfileFolder(folder: string): InstanceId | undefined {
  const id = folder.replace(/=([A-Z])/g, '$1');
  return isInstanceId(id) && profileFolder(id) === folder ? id : undefined;
}
