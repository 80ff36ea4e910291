import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type OpenApp, openApp } from '../open-app.fixture.js';

let server: OpenApp;
beforeEach(async () => {
  server = await openApp();
  await server.ready('shop');
});
afterEach(() => server.close());

/** WhatsApp changes its page, and the next self-test finds it. */
function changePage(...lacking: Parameters<OpenApp['driver']['whatsapp']['changePage']>[1][]): void {
  const { whatsapp } = server.driver;
  for (const some of lacking) whatsapp.changePage('shop', some);
  whatsapp.browser('shop').testPage();
}
const shop = (path = '') => `/v1/instances/shop${path}`;

describe('a page that lacks something', () => {
  test('shows in the instance what it can do and what it lacks', async () => {
    expect((await server.json('GET', shop())).page).toMatchObject({
      version: 'simulated',
      edition: 'simulated',
      checkedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      capabilities: { core: 'ok', media: 'ok' },
      missing: {},
    });
    changePage(['media']);
    expect((await server.json('GET', shop())).page).toMatchObject({
      capabilities: { core: 'ok', media: 'off' },
      missing: { media: ['simulated media'] },
    });
  });

  test('answers 503 NOT_SUPPORTED to what needs it, with the capability', async () => {
    changePage(['media', 'lookUp']);
    const media = { mimetype: 'image/png', data: 'iVBORw0KGgo=' };
    const sent = await server.request('POST', shop('/messages'), { to: '4915123456789', media });
    expect(sent.status).toBe(503);
    expect(await sent.json()).toMatchObject({ status: 'failed', errorCode: 'NOT_SUPPORTED', queueId: null });
    const asked = await server.request('GET', shop('/numbers/4915123456789'));
    expect(asked.status).toBe(503);
    expect(await asked.json()).toMatchObject({
      status: 503,
      code: 'NOT_SUPPORTED',
      details: { capability: 'lookUp' },
    });
  });

  test('accepts sends with 202 where the instance is incompatible, and says why it is', async () => {
    changePage(['inbound']);
    expect(await server.json('GET', shop())).toMatchObject({
      state: 'error',
      detail: 'incompatible',
      lastError: { code: 'INCOMPATIBLE_PAGE' },
      retryAt: expect.any(String),
    });
    const sent = await server.request('POST', shop('/messages'), { to: '4915123456789', text: 'a' });
    expect(sent.status).toBe(202);
  });

  test('is counted in the metrics', async () => {
    changePage(['inbound']);
    const metrics = await (await server.request('GET', '/metrics')).text();
    expect(metrics).toContain('wakeeper_instances_incompatible 1');
    expect(metrics).toContain('wakeeper_page_capabilities_missing{capability="inbound"} 1');
    expect(metrics).toContain('wakeeper_page_capabilities_missing{capability="media"} 0');
    expect(metrics).toContain('wakeeper_alert_active{alert="page_incompatible"} 1');
  });
});

describe('/v1/page-self-test', () => {
  test('tells the rule of each capability', async () => {
    expect(await server.json('GET', '/v1/page-self-test')).toMatchObject({
      core: 'enforce',
      media: 'enforce',
    });
  });

  test('changes rules while instances run: one that a wrong probe has stopped goes on', async () => {
    changePage(['inbound']);
    const changed = await server.json('PATCH', '/v1/page-self-test', { inbound: 'warn' });
    expect(changed).toMatchObject({ core: 'enforce', inbound: 'warn' });
    const ready = await server.json('POST', shop('/start?wait=10'));
    expect(ready).toMatchObject({ state: 'ready', page: { capabilities: { inbound: 'doubtful' } } });
  });

  test.each([{ inbound: 'maybe' }, { telepathy: 'warn' }, 'warn', []])(
    'refuses %j with 400',
    async (rules) => {
      const response = await server.request('PATCH', '/v1/page-self-test', rules);
      expect(response.status).toBe(400);
      expect(await server.json('GET', '/v1/page-self-test')).toMatchObject({ inbound: 'enforce' });
    },
  );
});
