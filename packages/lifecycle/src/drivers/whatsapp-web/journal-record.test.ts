import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JournalRecord } from './journal-record.js';
import { JOURNAL_KEPT_MS } from './page-journal.js';

let profile: string;
beforeEach(async () => {
  profile = await mkdtemp(join(tmpdir(), 'wakeeper-journal-'));
});
afterEach(() => rm(profile, { recursive: true }));
const confirmed = async (token: string | null) => {
  const record = new JournalRecord(profile);
  await record.confirm(token);
  return record;
};
const file = () => join(profile, 'wakeeper-journal.json');

describe("the record of a page's journal", () => {
  it('covers what was attempted since it was first seen, also after a restart', async () => {
    await confirmed('a');
    const { since } = JSON.parse(await readFile(file(), 'utf8'));
    const again = await confirmed('a');
    expect(again.covers('a', since)).toBe(true);
    expect(again.covers('a', since - 1)).toBe(false);
  });

  it('begins anew with another journal', async () => {
    await confirmed('a');
    await writeFile(file(), JSON.stringify({ token: 'a', since: 1 }));
    const other = await confirmed('b');
    expect(other.covers('b', 2)).toBe(false);
    expect(other.covers('a', Date.now())).toBe(false);
  });

  it('does not come back to a journal that was unusable in between', async () => {
    await writeFile(file(), JSON.stringify({ token: 'a', since: 1 }));
    await confirmed(null);
    expect((await confirmed('a')).covers('a', 2)).toBe(false);
  });

  it('vouches for nothing before it is confirmed, without a token, or out of half a file', async () => {
    expect(new JournalRecord(profile).covers('a', Date.now())).toBe(false);
    expect((await confirmed(null)).covers(null, Date.now())).toBe(false);
    await writeFile(file(), '{"token":"a","si');
    expect((await confirmed('a')).covers('a', 1)).toBe(false);
  });

  it('covers nothing whose entry the page may have dropped by now', async () => {
    await writeFile(file(), JSON.stringify({ token: 'a', since: 1 }));
    expect((await confirmed('a')).covers('a', Date.now() - JOURNAL_KEPT_MS)).toBe(false);
  });
});
