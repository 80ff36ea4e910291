/** A network file system gives no lock that can be trusted, so a second owner could slip in: such a disk is refused. */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { LifecycleError } from '../../domain/errors.js';

/** As statfs(2) tells them. */
const NETWORK_DISKS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
]);

/** What kind of network disk a folder is on; undefined when it is on none that is known. */
export function networkDiskOf(
  folder: string,
  typeOf = (path: string): number => statfsSync(path).type,
): string | undefined {
  // A negative number is the same 32 bits, read with a sign.
  return NETWORK_DISKS.get(typeOf(folder) >>> 0);
}

/**
 * @param typeOf the type of the file system that a folder is on.
 * @throws LifecycleError `STORE_UNAVAILABLE`
 */
export function refuseNetworkDisk(path: string, typeOf?: (folder: string) => number): void {
  const kind = networkDiskOf(dirname(path), typeOf);
  if (kind === undefined) return;
  throw new LifecycleError('STORE_UNAVAILABLE', {
    message: `${path} is on a network disk (${kind}), which cannot keep it to one owner. Put it on a local disk; several machines share a Redis store instead.`,
    details: { path, kind },
  });
}
