import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { INDEXED_DB, LOCAL_STORAGE, tear } from '../../../../../testing/fleet/torn-write.js';
import { writeLog } from './leveldb-log.js';
import { Profiles } from './profiles.js';
import { inWords, mendTornWrites } from './torn-writes.js';

let root: string;
let profiles: Profiles;
let profile: string;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'torn-writes-'));
  profiles = await Profiles.open(root);
  profile = await profiles.prepare('shop');
});
afterEach(() => rmSync(root, { recursive: true }));

const whole = writeLog([Buffer.from('one'), Buffer.from('two')]);
/** A log of this name, as Chromium leaves it. */
function leave(name: string, database = INDEXED_DB, bytes = whole): string {
  const folder = join(profile, database);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe('what a killed browser has torn', () => {
  it('is nothing in a profile that was never used, and in one whose logs are whole', async () => {
    expect(await mendTornWrites(profile)).toEqual([]);
    leave('000003.log');
    leave('CURRENT', INDEXED_DB, Buffer.from('MANIFEST-000001\n'));
    expect(await mendTornWrites(profile)).toEqual([]);
  });

  it.each([
    ['000003.log', INDEXED_DB],
    ['MANIFEST-000001', INDEXED_DB],
    ['000012.log', LOCAL_STORAGE],
  ])('is cut off at the end of %s in %s', async (name, database) => {
    const path = leave(name, database);
    tear(path);
    expect(await mendTornWrites(profile)).toEqual([{ path, kind: 'tornAtEnd' }]);
    expect(readFileSync(path).equals(whole)).toBe(true);
    expect(await mendTornWrites(profile)).toEqual([]);
  });

  it('is taken out of a log that another browser has gone on with, and nothing is left beside it', async () => {
    const path = leave('000003.log');
    tear(path);
    const more = writeLog([Buffer.from('three')]);
    writeFileSync(path, Buffer.concat([readFileSync(path), more]));
    expect(await mendTornWrites(profile)).toEqual([{ path, kind: 'tornWithin' }]);
    expect(readFileSync(path).equals(Buffer.concat([whole, more]))).toBe(true);
    expect(readdirSync(join(profile, INDEXED_DB))).toEqual(['000003.log']);
  });

  it('is not what the disk has damaged: that is left as it is, and told', async () => {
    const path = leave('000003.log', INDEXED_DB, Buffer.from('no log of LevelDB'));
    const [found] = await mendTornWrites(profile);
    expect(found).toEqual({ path, kind: 'unreadable' });
    expect(found && inWords(found)).toContain('Look after the disk');
    expect(readFileSync(path, 'utf8')).toBe('no log of LevelDB');
  });

  it('keeps a browser from its profile where it cannot be mended', async () => {
    mkdirSync(join(profile, INDEXED_DB, '000003.log'), { recursive: true });
    await expect(profiles.mendTornWrites('shop')).rejects.toMatchObject({
      failure: { code: 'PROFILE_NOT_WRITABLE', message: expect.stringContaining(profile) },
    });
  });
});
