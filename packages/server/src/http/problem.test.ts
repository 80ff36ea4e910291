import { ERROR_CODES, LifecycleError, type Log } from '@wakeeper/lifecycle';
import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import type { AppEnv } from './app-env.js';
import { answerProblem, Problem, problems, receiptStatus, retryAfter } from './problem.js';
import { requestFrame } from './request-frame.js';

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };

const answerTo = (thrown: unknown, log: Log = quiet, signal: AbortSignal | null = null) => {
  const app = new Hono<AppEnv>();
  const fail = answerProblem(log);
  app.onError(fail);
  app.use(requestFrame(log, fail));
  app.get('/', () => {
    throw thrown;
  });
  return app.request('/', { headers: { 'x-request-id': 'request-7' }, signal });
};

describe('the table of problems', () => {
  test('has every code of the library, with a client or server error status', () => {
    for (const code of ERROR_CODES) expect(problems[code].status).toBeGreaterThanOrEqual(400);
  });

  test.each([
    ['INVALID_INPUT', 400],
    ['RECIPIENT_INVALID', 400],
    ['UNAUTHORIZED', 401],
    ['INSTANCE_NOT_FOUND', 404],
    ['METHOD_NOT_ALLOWED', 405],
    ['INSTANCE_EXISTS', 409],
    ['NEEDS_QR', 409],
    ['INSTANCE_STOPPED', 409],
    ['INSTANCE_ERROR', 409],
    ['BODY_TOO_LARGE', 413],
    ['UNSUPPORTED_MEDIA_TYPE', 415],
    ['IDEMPOTENCY_MISMATCH', 422],
    ['RECIPIENT_NOT_FOUND', 422],
    ['RECIPIENT_TIMELOCKED', 422],
    ['RESTART_BUDGET_USED_UP', 429],
    ['QUEUE_FULL', 429],
    ['LOOKUP_FAILED', 502],
    ['STORE_UNAVAILABLE', 503],
    ['SHUTTING_DOWN', 503],
    ['TIMEOUT', 504],
  ] as const)('answers %s with %i', (code, status) => {
    expect(problems[code].status).toBe(status);
  });
});

describe('a failure', () => {
  test('of the library becomes a problem with its code, sentence and request id', async () => {
    const response = await answerTo(
      new LifecycleError('INSTANCE_EXISTS', { message: 'There is "a" already.' }),
    );
    expect(response.status).toBe(409);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toEqual({
      type: 'urn:wakeeper:problem:instance-exists',
      title: 'The instance exists already',
      status: 409,
      detail: 'There is "a" already.',
      code: 'INSTANCE_EXISTS',
      errors: [],
      requestId: 'request-7',
    });
  });

  test('that knows its field names it', async () => {
    const response = await answerTo(
      new LifecycleError('INVALID_INPUT', {
        message: 'The cursor is not ours.',
        details: { path: 'cursor' },
      }),
    );
    expect(await response.json()).toMatchObject({
      errors: [{ path: 'cursor', message: 'The cursor is not ours.' }],
    });
  });

  test('that knows when to try again says so in whole seconds', async () => {
    const retryAt = Date.now() + 90_500;
    const response = await answerTo(
      new LifecycleError('RESTART_BUDGET_USED_UP', { message: 'None left.', details: { retryAt } }),
    );
    expect(response.status).toBe(429);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(90);
    expect(Number(response.headers.get('retry-after'))).toBeLessThanOrEqual(91);
  });

  test('keeps its own headers', async () => {
    const response = await answerTo(
      new Problem('METHOD_NOT_ALLOWED', { detail: 'GET only.', headers: { allow: 'GET' } }),
    );
    expect(response.headers.get('allow')).toBe('GET');
  });

  test.each([[new TypeError('password hunter2')], ['hunter2'], [{ not: 'an error' }]])(
    'that nobody foresaw (%s) is a 500 that tells nothing, and is in the log',
    async (thrown) => {
      const logged: object[] = [];
      const response = await answerTo(thrown, {
        ...quiet,
        error: (fields) => void logged.push(fields),
      });
      const text = await response.text();
      expect(response.status).toBe(500);
      expect(text).toContain('INTERNAL_ERROR');
      expect(text).not.toContain('hunter2');
      expect(logged).toEqual([expect.objectContaining({ requestId: 'request-7' })]);
    },
  );
});

describe('a caller that has hung up', () => {
  const gone = AbortSignal.abort();
  const loggedOf = async (thrown: unknown) => {
    const logged: object[] = [];
    await answerTo(thrown, { ...quiet, error: (fields) => void logged.push(fields) }, gone);
    return logged;
  };

  test('is no fault: the wait that ends with it is not in the log of faults', async () => {
    expect(await loggedOf(gone.reason)).toEqual([]);
  });

  test('hides no fault: what nobody foresaw is in the log all the same', async () => {
    expect(await loggedOf(new TypeError('nobody foresaw this'))).toEqual([
      expect.objectContaining({ requestId: 'request-7' }),
    ]);
  });
});

describe('the status of a receipt', () => {
  const receipt = (status: 'sent' | 'queued' | 'failed', errorCode: string | null = null) => ({
    status,
    instanceState: 'ready' as const,
    queueDepth: 0,
    messageId: null,
    queueId: null,
    error: null,
    errorCode,
  });

  test.each([
    ['sent', null, 200],
    ['queued', null, 202],
    ['queued', 'UNCERTAIN', 202],
    ['failed', 'NEEDS_QR', 409],
    ['failed', 'INSTANCE_STOPPED', 409],
    ['failed', 'INSTANCE_ERROR', 409],
    ['failed', 'RECIPIENT_NOT_FOUND', 422],
    ['failed', 'RECIPIENT_TIMELOCKED', 422],
    ['failed', 'QUEUE_FULL', 429],
    ['failed', 'STORE_UNAVAILABLE', 503],
    ['failed', 'a code of a later driver', 422],
    ['failed', null, 422],
  ] as const)('%s with %s is %i', (status, code, expected) => {
    expect(receiptStatus(receipt(status, code))).toBe(expected);
  });
});

test('Retry-After is at least a second, also for a moment that has passed', () => {
  expect(retryAfter(-4000)).toEqual({ 'retry-after': '1' });
  expect(retryAfter(1100)).toEqual({ 'retry-after': '2' });
});
