import crc32c from 'crc-32/crc32c.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inspectLog, writeLog } from './leveldb-log.js';

/** The MANIFEST that Chromium 156 begins an IndexedDB with. */
const FROM_CHROMIUM = Buffer.from('e4d68eee10000101086964625f636d7031020003020400', 'hex');
const BLOCK = 32_768;

/** LevelDB's writer as its source has it: it goes on where the file ends, whatever it ends with. */
function append(log: Buffer, ...records: readonly Buffer[]): Buffer {
  let file = log;
  for (const record of records) {
    let rest = record;
    let begins = true;
    do {
      let left = BLOCK - (file.length % BLOCK);
      if (left < 7) {
        file = Buffer.concat([file, Buffer.alloc(left)]);
        left = BLOCK;
      }
      const payload = rest.subarray(0, left - 7);
      rest = rest.subarray(payload.length);
      const type = begins ? (rest.length === 0 ? 1 : 2) : rest.length === 0 ? 4 : 3;
      begins = false;
      const body = Buffer.concat([Buffer.of(type), payload]);
      const crc = crc32c.buf(body) >>> 0;
      const header = Buffer.alloc(6);
      header.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0, 0);
      header.writeUInt16LE(payload.length, 4);
      file = Buffer.concat([file, header, body]);
    } while (rest.length > 0);
  }
  return file;
}

/** Most are short; some are cut at a block, or end at the end of one. */
const size = fc.oneof(fc.nat(200), fc.nat(2 * BLOCK), fc.integer({ min: BLOCK - 30, max: BLOCK }));
/**
 * A record, and how many of the bytes that a writer makes of it a kill has kept from being written. A single one may happen
 * to be what the next writer begins with.
 */
const tear = fc.record({
  size,
  missing: fc.oneof(fc.integer({ min: 4, max: 20 }), fc.integer({ min: 4, max: 2 * BLOCK })),
});
const steps = fc.array(fc.record({ size, tornBefore: fc.option(tear) }), { maxLength: 6 });
type Tear = { readonly size: number; readonly missing: number };

function appendTorn(log: Buffer, { size, missing }: Tear): Buffer {
  const written = append(log, Buffer.alloc(size, 't'));
  return written.subarray(0, Math.max(log.length, written.length - missing));
}
/** Without the zeros that fill a block, which belong to no record. */
const mended = (log: Buffer): Buffer => {
  const state = inspectLog(log);
  if (state.kind === 'tornAtEnd') return log.subarray(0, state.wholeBytes);
  if (state.kind === 'tornWithin') return state.bytes;
  expect(state.kind).toBe('whole');
  return log;
};

describe('a log of LevelDB', () => {
  it('is whole as Chromium writes it', () => {
    expect(inspectLog(FROM_CHROMIUM)).toEqual({ kind: 'whole' });
  });

  it('is whole when it is empty, and for whatever was written wholly', () => {
    fc.assert(
      fc.property(fc.array(size, { maxLength: 6 }), (sizes) => {
        const records = sizes.map((length, index) => Buffer.alloc(length, index));
        const log = writeLog(records);
        expect(log.equals(append(Buffer.alloc(0), ...records))).toBe(true);
        expect(inspectLog(log)).toEqual({ kind: 'whole' });
      }),
    );
  });

  it('keeps every whole record where kills have torn others, at its end or with writers that have gone on behind', () => {
    fc.assert(
      fc.property(steps, fc.option(tear), (written, tornLast) => {
        let log: Buffer = Buffer.alloc(0);
        const whole: Buffer[] = [];
        for (const [index, { size: length, tornBefore }] of written.entries()) {
          if (tornBefore) log = appendTorn(log, tornBefore);
          whole.push(Buffer.alloc(length, index));
          log = append(log, Buffer.alloc(length, index));
        }
        if (tornLast) log = appendTorn(log, tornLast);
        const kept = append(Buffer.alloc(0), ...whole);
        const is = mended(log);
        expect(is.subarray(0, kept.length).equals(kept)).toBe(true);
        expect(is.subarray(kept.length).every((byte) => byte === 0)).toBe(true);
        expect(inspectLog(is)).toEqual({ kind: 'whole' });
      }),
      { numRuns: 300 },
    );
  });

  it('is not touched where something else has damaged it', () => {
    const log = append(Buffer.alloc(0), Buffer.from('first'), Buffer.from('second'), Buffer.from('third'));
    const rotten = Buffer.from(log);
    rotten.writeUInt8(0xff, 20);
    expect(inspectLog(rotten)).toEqual({ kind: 'unreadable', at: 12 });
    expect(inspectLog(Buffer.from('no log at all, but a text'))).toEqual({ kind: 'unreadable', at: 0 });
    expect(inspectLog(Buffer.concat([log, Buffer.alloc(9_000)]))).toEqual({
      kind: 'unreadable',
      at: log.length,
    });
  });
});
