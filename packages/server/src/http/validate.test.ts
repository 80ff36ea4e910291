import type { Log } from '@wakeeper/lifecycle';
import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { AppEnv } from './app-env.js';
import { pageQuery, recipient, waitQuery } from './field.js';
import { answerProblem } from './problem.js';
import { body, instance, noBody, query } from './validate.js';

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };
const shape = z.strictObject({
  name: z.string().max(10),
  inner: z.strictObject({ size: z.number() }).exactOptional(),
});
const app = new Hono<AppEnv>()
  .onError(answerProblem(quiet))
  .post('/shape', body(shape), (c) => c.json(c.req.valid('json')))
  .post('/nothing', noBody, (c) => c.text('ok'))
  .get('/page', query(pageQuery), (c) => c.json(c.req.valid('query')))
  .get('/wait', query(waitQuery), (c) => c.json(c.req.valid('query')))
  .get('/instances/:id', instance, (c) => c.text(c.get('instanceId') ?? ''));

const post = (path: string, content: string, type = 'application/json') =>
  app.request(path, { method: 'POST', body: content, headers: { 'content-type': type } });
const problemOf = async (response: Response) => ({
  status: response.status,
  ...((await response.json()) as {
    code: string;
    detail: string;
    errors: { path: string; message: string }[];
  }),
});

describe('a body', () => {
  test('that is valid reaches the handler', async () => {
    expect(await (await post('/shape', '{"name":"a"}')).json()).toEqual({ name: 'a' });
  });

  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'APPLICATION/JSON',
    'application/merge-patch+json',
  ])('may come as %s', async (type) => {
    expect((await post('/shape', '{"name":"a"}', type)).status).toBe(200);
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    '',
  ])('is refused with 415 when it comes as "%s"', async (type) => {
    expect(await problemOf(await post('/shape', '{"name":"a"}', type))).toMatchObject({
      status: 415,
      code: 'UNSUPPORTED_MEDIA_TYPE',
    });
  });

  test.each(['{', '{"name":', "{'name':'a'}", 'name=a', '{"name":"a"}}'])(
    'that is no JSON (%s) is refused with 400',
    async (text) => {
      expect(await problemOf(await post('/shape', text))).toMatchObject({
        status: 400,
        code: 'INVALID_INPUT',
      });
    },
  );

  test.each(['null', '[]', '"text"', '7', 'true', '[{"name":"a"}]'])(
    'that is no object (%s) is refused with 400',
    async (text) => {
      expect(await problemOf(await post('/shape', text))).toMatchObject({
        status: 400,
        code: 'INVALID_INPUT',
      });
    },
  );

  test('with faults names the path of each one', async () => {
    const { errors } = await problemOf(
      await post('/shape', '{"name":7,"inner":{"size":"big","colour":1},"typo":1}'),
    );
    expect(errors.map(({ path }) => path)).toEqual(['name', 'inner.size', 'inner.colour', 'typo']);
    expect(errors.at(-1)).toEqual({ path: 'typo', message: 'is not a known field' });
  });

  test.each(['__proto__', 'constructor', 'toString'])(
    'with a field called %s names it like any other typo',
    async (name) => {
      const { status, errors } = await problemOf(await post('/shape', `{"name":"a","${name}":{}}`));
      expect({ status, errors }).toEqual({
        status: 400,
        errors: [{ path: name, message: 'is not a known field' }],
      });
    },
  );

  test('with a thousand faults is answered in a few lines', async () => {
    const typos = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`${n}${'x'.repeat(1000)}`, 1]));
    const response = await post('/shape', JSON.stringify(typos));
    expect(response.status).toBe(400);
    expect((await response.text()).length).toBeLessThan(10_000);
  });

  test('where none is taken may be empty or missing, and is refused with anything in it', async () => {
    expect((await app.request('/nothing', { method: 'POST' })).status).toBe(200);
    expect((await post('/nothing', '{}')).status).toBe(200);
    for (const wrong of ['{"force":true}', 'null', '[]', '0'])
      expect((await post('/nothing', wrong)).status).toBe(400);
  });
});

describe('a query', () => {
  test('is read as numbers where numbers are meant', async () => {
    expect(await (await app.request('/page?limit=500&cursor=abc')).json()).toEqual({
      limit: 500,
      cursor: 'abc',
    });
    expect(await (await app.request('/wait?wait=0.5')).json()).toEqual({ wait: 0.5 });
  });

  test.each([
    'limit=0',
    'limit=501',
    'limit=-1',
    'limit=ten',
    'limit=1.5',
    'limit=',
    'limit=1&limit=2',
    'cursor=',
    'Limit=5',
    '__proto__x=1',
  ])('?%s is refused with 400', async (search) => {
    expect(await problemOf(await app.request(`/page?${search}`))).toMatchObject({
      status: 400,
      code: 'INVALID_INPUT',
    });
  });

  test.each(['wait=301', 'wait=-1', 'wait=soon', 'wait=1e3', 'wait=Infinity', 'wait='])(
    '?%s is refused with 400',
    async (search) => {
      expect((await problemOf(await app.request(`/wait?${search}`))).errors).toEqual([
        { path: 'wait', message: expect.any(String) },
      ]);
    },
  );
});

describe('an instance id in the path', () => {
  test('is known to the log', async () => {
    expect(await (await app.request('/instances/Shop_1-a')).text()).toBe('Shop_1-a');
  });

  test.each(['a.b', '..%2Fetc', '%00', 'caf%C3%A9', '%E0%A4%A', 'a'.repeat(65), 'a%20b'])(
    'that none can have (%s) is not found',
    async (id) => {
      expect(await problemOf(await app.request(`/instances/${id}`))).toMatchObject({
        status: 404,
        code: 'INSTANCE_NOT_FOUND',
      });
    },
  );
});

describe('a recipient', () => {
  const send = new Hono<AppEnv>()
    .onError(answerProblem(quiet))
    .post('/', body(z.strictObject({ to: recipient, text: z.string() })), (c) => c.json(c.req.valid('json')));
  const codeFor = async (message: object) =>
    (
      await problemOf(
        await send.request('/', {
          method: 'POST',
          body: JSON.stringify(message),
          headers: { 'content-type': 'application/json' },
        }),
      )
    ).code;

  test.each([['12'], [null], [-4915123456789], [1.5], ['x'.repeat(1_000_000)], [undefined]])(
    'that is wrong alone has a code of its own (%#)',
    async (to) => {
      expect(await codeFor({ to, text: 'a' })).toBe('RECIPIENT_INVALID');
    },
  );
  test('that is wrong among other things is one of them', async () => {
    expect(await codeFor({ to: '12' })).toBe('INVALID_INPUT');
  });
});
