/**
 * LevelDB's log: where its writes go first, and the format of its MANIFEST. A write is a record; a record is cut at the
 * blocks of 32 KiB into pieces with a checksum each. The format: https://github.com/google/leveldb/blob/main/doc/log_format.md
 *
 * A writer that is killed in the middle of a record leaves it torn. LevelDB ignores that, rightly, for nobody was told that
 * it was written. But it may go on writing in the same file behind it (`reuse_logs`, which Chromium sets), and finds a corrupt
 * log at the next start (https://github.com/google/leveldb/issues/1287).
 */
import crc32c from 'crc-32/crc32c.js';

export type LogState =
  | { readonly kind: 'whole' }
  /** Of a writer that was killed: what is before this offset is whole. */
  | { readonly kind: 'tornAtEnd'; readonly wholeBytes: number }
  /** A later writer has gone on behind the torn record; `bytes` is the log as it were without it. */
  | { readonly kind: 'tornWithin'; readonly bytes: Buffer }
  /** Not what a kill leaves: damaged at this offset by something else, or not such a log at all. */
  | { readonly kind: 'unreadable'; readonly at: number };

const BLOCK = 32_768;
const HEADER = 7;
const FULL = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;

interface Piece {
  readonly type: number;
  readonly payload: Buffer;
  readonly end: number;
}

/** What the log holds, and what a kill has done to it. */
export function inspectLog(bytes: Buffer): LogState {
  const records: Buffer[] = [];
  let open: Buffer[] | undefined;
  let wholeBytes = 0;
  let isTorn = false;
  let at = 0;
  while (at < bytes.length) {
    if (blockLeft(at) < HEADER) {
      at += blockLeft(at);
      continue;
    }
    const piece = pieceAt(bytes, at);
    if (!piece) {
      const next = resumption(bytes, at);
      if (!isCut(bytes, at, next ?? bytes.length)) return { kind: 'unreadable', at };
      if (next === undefined) break;
      isTorn = true;
      open = undefined;
      at = next;
      continue;
    }
    const begins = piece.type === FULL || piece.type === FIRST;
    if (!begins && !open) return { kind: 'unreadable', at };
    if (begins && open) isTorn = true;
    open = [...(begins ? [] : (open ?? [])), piece.payload];
    at = piece.end;
    if (piece.type === FIRST || piece.type === MIDDLE) continue;
    records.push(Buffer.concat(open));
    open = undefined;
    if (!isTorn) wholeBytes = at;
  }
  if (isTorn) return { kind: 'tornWithin', bytes: writeLog(records) };
  return at < bytes.length || open ? { kind: 'tornAtEnd', wholeBytes } : { kind: 'whole' };
}

/** The log that holds these records. */
export function writeLog(records: readonly Buffer[]): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  const put = (piece: Buffer): void => {
    pieces.push(piece);
    at += piece.length;
  };
  for (const record of records) {
    let rest = record;
    // Not told by what is written: where seven bytes of a block are left, a record begins with an empty piece.
    let isFirst = true;
    do {
      if (blockLeft(at) < HEADER) put(Buffer.alloc(blockLeft(at)));
      const payload = rest.subarray(0, blockLeft(at) - HEADER);
      rest = rest.subarray(payload.length);
      const isLast = rest.length === 0;
      put(pieceOf(isFirst ? (isLast ? FULL : FIRST) : isLast ? LAST : MIDDLE, payload));
      isFirst = false;
    } while (rest.length > 0);
  }
  return Buffer.concat(pieces);
}

const blockLeft = (at: number): number => BLOCK - (at % BLOCK);

/** A whole piece of a record at this offset. */
function pieceAt(bytes: Buffer, at: number): Piece | undefined {
  const header = headerAt(bytes, at);
  if (!header || header.end > bytes.length) return undefined;
  const { type, end } = header;
  if (bytes.readUInt32LE(at) !== checksum(bytes.subarray(at + 6, end))) return undefined;
  return { type, payload: bytes.subarray(at + HEADER, end), end };
}

/** What a piece says of itself, whether it is all there or not. */
function headerAt(bytes: Buffer, at: number): { readonly type: number; readonly end: number } | undefined {
  if (at + HEADER > bytes.length || blockLeft(at) < HEADER) return undefined;
  const type = bytes.readUInt8(at + 6);
  const length = HEADER + bytes.readUInt16LE(at + 4);
  const isOne = type >= FULL && type <= LAST && length <= blockLeft(at);
  return isOne ? { type, end: at + length } : undefined;
}

/** The bytes up to `end` begin a piece and do not finish it, as when its writer is killed. */
function isCut(bytes: Buffer, at: number, end: number): boolean {
  // The next writer has filled a rest of the block that has no room for a header: the kill was before that, or within.
  const killedFrom = end % BLOCK === 0 ? end - HEADER + 1 : end;
  return killedFrom - at < HEADER || (headerAt(bytes, at)?.end ?? 0) > killedFrom;
}

/** Where a later writer has begun behind a torn piece. */
function resumption(bytes: Buffer, torn: number): number | undefined {
  const blockEnd = torn + blockLeft(torn);
  for (let at = torn + 1; at <= blockEnd; at++) {
    const type = pieceAt(bytes, at)?.type;
    if (type === FULL || type === FIRST) return at;
  }
  return undefined;
}

function pieceOf(type: number, payload: Buffer): Buffer {
  const piece = Buffer.alloc(HEADER + payload.length);
  piece.writeUInt16LE(payload.length, 4);
  piece.writeUInt8(type, 6);
  payload.copy(piece, HEADER);
  piece.writeUInt32LE(checksum(piece.subarray(6)), 0);
  return piece;
}

/** CRC-32C of type and payload, rotated and shifted so that the checksum of a checksum is none. */
function checksum(bytes: Buffer): number {
  const crc = crc32c.buf(bytes) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
