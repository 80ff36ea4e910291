/** A body of `multipart/form-data`, read as it comes: one `file`, on disk until it is whole, and the fields beside it. */
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { messageOf } from '@wakeeper/lifecycle';
import { Problem } from '../http/problem.js';
import { beforeEndOf } from './before-end.js';
import { overLimit, type SpoolOptions } from './spool.js';
import { fieldProblem, MOST_FIELD_BYTES, UploadParts } from './upload-parts.js';

export interface Upload {
  /** Base64. */
  readonly data: string;
  readonly mimetype: string;
  readonly filename: string | undefined;
  /** Each field with its values, in the order in which they came. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

/** More than the longest caption, in UTF-8. */
const LONGEST_FIELD = 300_000;
/** Mentions have a part each. */
const MOST_FIELDS = 1_100;
const LIMITS = { fieldSize: LONGEST_FIELD, fields: MOST_FIELDS, headerPairs: 20, headerSize: 8_192 };

/** Beside the file: the fields, and the lines that part them. */
const MOST_OVERHEAD = 2 * MOST_FIELD_BYTES;

/** @throws Problem INVALID_INPUT, MEDIA_OVER_LIMIT, SPOOL_UNAVAILABLE, TIMEOUT; the reason of the request's signal */
export async function readUpload(
  request: Request,
  options: SpoolOptions,
  timeoutMs: number,
): Promise<Upload> {
  // What says by itself that it is too large is not read.
  if (Number(request.headers.get('content-length')) > options.maxBytes + MOST_OVERHEAD)
    throw overLimit(options.maxBytes);
  const late = AbortSignal.timeout(timeoutMs);
  const wrong = new AbortController();
  const signal = AbortSignal.any([late, wrong.signal, request.signal]);
  const parts = new UploadParts(options, signal, (problem) => wrong.abort(problem));
  try {
    await parse(request, parserFor(request, parts), signal);
    return await parts.whole();
  } catch (error) {
    if (wrong.signal.reason instanceof Problem) throw wrong.signal.reason;
    if (late.aborted)
      throw new Problem('TIMEOUT', { detail: `The body did not come within ${timeoutMs} ms.` });
    request.signal.throwIfAborted();
    throw error instanceof Problem ? error : malformed(error);
  } finally {
    wrong.abort();
    await parts.close();
  }
}

const malformed = (error: unknown): Problem =>
  fieldProblem('', `The body is not valid multipart/form-data: ${messageOf(error)}.`);

/** @throws Error where the header of the request is wrong */
function parserFor(request: Request, parts: UploadParts): BusboyInstance {
  const parser = new Busboy({
    headers: { 'content-type': request.headers.get('content-type') ?? '' },
    limits: LIMITS,
    isPartAFile: (name, _type, filename) => name === 'file' || filename !== undefined,
  });
  parser.on('field', (name, value, isNameCut, isValueCut) =>
    parts.field(name, value, isNameCut || isValueCut),
  );
  parser.on('fieldsLimit', () => parts.refuse(fieldProblem('', 'The body has too many fields.')));
  parser.on('file', (name, stream, filename, _encoding, mimetype) =>
    parts.file(name, stream, { filename, mimetype }),
  );
  parser.on('error', (error) => parts.refuse(malformed(error)));
  return parser;
}

/** The body is never cancelled, which would cut the connection before the answer; what is left of it the host discards. */
async function parse(request: Request, parser: BusboyInstance, signal: AbortSignal): Promise<void> {
  const reader = request.body?.getReader();
  try {
    for (;;) {
      const { done, value } = reader
        ? await beforeEndOf(signal, reader.read())
        : { done: true, value: undefined };
      if (done) break;
      if (!parser.write(value)) await beforeEndOf(signal, once(parser, 'drain'));
    }
    parser.end();
    await beforeEndOf(signal, finished(parser));
  } finally {
    reader?.releaseLock();
  }
}
