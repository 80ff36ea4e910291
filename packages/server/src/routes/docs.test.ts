import { createHash } from 'node:crypto';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../app.js';
import { type OpenApp, openApp } from '../open-app.fixture.js';

let server: OpenApp;
let page: string;
let policy: string;
beforeAll(async () => {
  server = await openApp({ app: { apiKeys: ['a-key'] } });
  const response = await server.app.request('/docs');
  expect(response.headers.get('content-type')).toMatch(/^text\/html/);
  policy = response.headers.get('content-security-policy') ?? '';
  page = await response.text();
});
afterAll(() => server.close());

interface Paths {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

describe('the page of the description', () => {
  test('has every route and every schema, each to be linked to', async () => {
    const { paths, components } = (await server.json('GET', '/openapi.json')) as unknown as Paths;
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
    for (const { operationId } of operations) expect(page).toContain(`<details id="${operationId}">`);
    for (const name of Object.keys(components.schemas)) expect(page).toContain(`id="schema-${name}"`);
    const anchors = [...page.matchAll(/href="#([^"]+)"/g)].map(([, anchor]) => anchor);
    expect(anchors.filter((anchor) => !page.includes(`id="${anchor}"`))).toEqual([]);
  });

  test('loads nothing and runs nothing, and its policy would not let it', () => {
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\son\w+=|src=/i);
    expect([...page.matchAll(/href="([^#"][^"]*)"/g)].map(([, link]) => link)).toEqual(['openapi.json']);
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(policy).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
  });

  test('is complete in the app of somebody else, under its path, and without what that app has not', async () => {
    const { manager } = server;
    const host = new Hono().get('/own', (c) => c.text('own')).route('/wa', createApp({ manager }));
    const response = await host.request('/wa/openapi.json');
    const { paths } = (await response.json()) as Paths;
    expect(Object.keys(paths)).toContain('/v1/instances/{id}');
    expect(Object.keys(paths).filter((path) => /own|wa|webhooks|events|metrics/.test(path))).toEqual([]);
    const shown = await (await host.request('/wa/docs')).text();
    expect(shown).toContain('<details id="sendMessage">');
    expect(shown).not.toContain('id="tag-webhooks"');
  });

  test('shows a call that can be typed into a shell', () => {
    expect(page).toContain('curl -X POST &quot;$WAKEEPER_URL/v1/instances/$id/messages&quot;');
  });
});
