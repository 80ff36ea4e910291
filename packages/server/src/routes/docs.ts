/** The description of the API: for programs, and for people. */
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { CONTENT_SECURITY_POLICY, docsPage, type ShownDocument } from '../docs/docs-page.js';
import type { AppEnv } from '../http/app-env.js';
import { anyQuery, described, JSON_TYPE, told } from '../http/described.js';
import { describeApp } from '../openapi/document.js';

const document = told(
  z.looseObject({ openapi: z.string(), info: z.looseObject({}), paths: z.looseObject({}) }),
  'This document.',
);
const page = {
  description: 'A page that needs nothing from elsewhere.',
  content: { 'text/html': z.string() },
};

/**
 * Open to all, as the probes are: there is nothing of this server in it, every copy of the package has the same. A
 * browser that opens an address sends no key, and would be given one in the address.
 * @param app the app that is described, complete as soon as somebody asks
 */
export function docsRoutes(app: Pick<Hono, 'routes'>) {
  // Once, for the first who asks: routes do not change afterwards.
  let json: string | undefined;
  let html: string | undefined;
  const description = (): string => {
    json ??= JSON.stringify(describeApp(app));
    return json;
  };

  return new Hono<AppEnv>()
    .get(
      '/openapi.json',
      described(
        { id: 'describe', tag: 'operations', summary: 'The API description', answers: { 200: document } },
        anyQuery,
      ),
      (c: Context<AppEnv>) => c.body(description(), 200, { 'content-type': JSON_TYPE }),
    )
    .get(
      '/docs',
      described(
        { id: 'showDocs', tag: 'operations', summary: 'This description for people', answers: { 200: page } },
        anyQuery,
      ),
      async (c) => {
        html ??= await docsPage(JSON.parse(description()) as ShownDocument);
        return c.html(html, 200, { 'content-security-policy': CONTENT_SECURITY_POLICY });
      },
    );
}
