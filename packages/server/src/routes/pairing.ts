/** What a person needs to pair a phone: the QR code in four forms, the pairing code, and a look at the page. */
import type { InstanceManager } from '@wakeeper/lifecycle';
import { type Context, Hono } from 'hono';
import { accepts } from 'hono/accepts';
import QRCode from 'qrcode';
import { z } from 'zod';
import type { Events } from '../events/events.js';
import { QR_END_ID, QrFollower, qrEvents, qrScreen } from '../events/qr-follower.js';
import type { AppEnv } from '../http/app-env.js';
import { byDeadline } from '../http/deadline.js';
import { described, told } from '../http/described.js';
import { phoneNumber, shownAs, waitFields, waitQuery } from '../http/field.js';
import { Problem } from '../http/problem.js';
import { body, noQuery, query } from '../http/validate.js';
import { disconnectOf, EVENT_STREAM, LIVE, streamHeaders, token } from './event-stream.js';
import { instanceJson, instanceSchema, qrJson, qrSchema } from './instance-json.js';
import { terminalQr } from './terminal-qr.js';

/** A browser may have to be launched before WhatsApp can be asked for a code. */
const PAIRING_CODE_DEADLINE_MS = 60_000;
const SCREENSHOT_DEADLINE_MS = 10_000;
/** Below the deadline of the command line, which would give up first. */
const PASSKEY_DEADLINE_MS = 10_000;

const qrQuery = z.strictObject({
  ...waitFields,
  follow: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .meta(
      shownAs({
        type: 'boolean',
        description: 'Each code as it comes, until it is scanned. Server-sent events follow without it.',
      }),
    )
    .exactOptional(),
  token: token.exactOptional(),
});

const bytes = { type: 'string', pattern: '^[A-Za-z0-9_-]+={0,2}$', maxLength: 8192 };
const pairingBody = z.strictObject({ phoneNumber });

/** The library checks it, so that the rule is one; it is a secret, and no answer repeats any of it. */
const assertion = z.looseObject({}).meta(
  shownAs({
    type: 'object',
    description:
      'What a browser has made of the options, as JSON: bytes in base64url. It is a secret, and kept nowhere.',
    required: ['id', 'type', 'response'],
    properties: {
      id: bytes,
      rawId: bytes,
      type: { const: 'public-key' },
      response: {
        type: 'object',
        required: ['clientDataJSON', 'authenticatorData', 'signature'],
        properties: {
          clientDataJSON: bytes,
          authenticatorData: bytes,
          signature: bytes,
          userHandle: { ...bytes, type: ['string', 'null'] },
        },
      },
    },
  }),
);
const passkeyBody = z.strictObject({ assertion });

const prefersText = (c: Context): boolean =>
  accepts(c, {
    header: 'Accept',
    supports: ['text/event-stream', 'text/plain'],
    default: 'text/event-stream',
  }) === 'text/plain';

export function pairingRoutes(manager: InstanceManager, events?: Events) {
  const follow = (c: Context<AppEnv>, id: string) => {
    if (!events)
      throw new Problem('NOT_SUPPORTED', { detail: 'This app was made without events: use ?wait.' });
    manager.get(id);
    const isEvents = !prefersText(c);
    const headers = isEvents ? EVENT_STREAM : { 'content-type': 'text/plain; charset=utf-8', ...LIVE };
    if (c.req.method === 'HEAD') return c.body(null, 200, headers);
    // An EventSource comes back after every end, until it is told that there is nothing.
    if (isEvents && c.req.header('last-event-id') === QR_END_ID) return c.body(null, 204);
    const writing = isEvents ? qrEvents(events.clock) : qrScreen;
    const codes = events.stream((stream) => new QrFollower(manager, id, stream, writing), disconnectOf(c));
    return c.body(codes, 200, headers);
  };

  return new Hono<AppEnv>()
    .get(
      '/:id/qr',
      described(
        {
          id: 'getQrCode',
          tag: 'pairing',
          summary: 'The QR code to be scanned',
          description:
            'JSON, a picture or text for a terminal, as `Accept` says; with `text/event-stream` or `follow` every code as it changes, until the instance is ready. Codes that have expired are asked for again: `wait` says how long one may take.',
          headers: streamHeaders,
          answers: {
            200: {
              description: 'The code.',
              content: {
                'application/json': qrSchema,
                'image/png': null,
                'image/svg+xml': z.string(),
                'text/plain': z.string(),
                'text/event-stream': z.string(),
              },
            },
            204: { description: 'To an EventSource that comes back after the end: there is nothing more.' },
          },
          problems: ['NO_QR', 'NOT_SUPPORTED', 'TOO_MANY_READERS', 'SHUTTING_DOWN', 'TIMEOUT'],
        },
        query(qrQuery),
      ),
      async (c) => {
        const { wait = 0, follow: isFollowed = false } = c.req.valid('query');
        c.header('vary', 'Accept');
        if (isFollowed || /^text\/event-stream\b/i.test(c.req.header('accept') ?? ''))
          return follow(c, c.req.param('id'));
        const timeoutMs = wait * 1000;
        const view = await byDeadline(c.req.raw, timeoutMs, (limits) =>
          manager.qr(c.req.param('id'), limits),
        );
        // A browser that opens the address asks for HTML, and shows a picture just as well.
        const type = accepts(c, {
          header: 'Accept',
          supports: ['application/json', 'image/png', 'image/svg+xml', 'text/plain', 'text/html'],
          default: 'application/json',
        });
        switch (type) {
          case 'image/png':
          case 'text/html':
            return c.body(new Uint8Array(await QRCode.toBuffer(view.qr, { width: 320 })), 200, {
              'content-type': 'image/png',
            });
          case 'image/svg+xml':
            return c.body(await QRCode.toString(view.qr, { type: 'svg' }), 200, {
              'content-type': 'image/svg+xml',
            });
          case 'text/plain':
            return c.text(terminalQr(view.qr));
          default:
            return c.json(qrJson(view));
        }
      },
    )
    .post(
      '/:id/pairing-code',
      described(
        {
          id: 'requestPairingCode',
          tag: 'pairing',
          summary: 'A code to be typed into the phone instead of scanning',
          description:
            'Each code ends the one before. A number that an instance here is linked to is refused: asking WhatsApp for a code would end that link.',
          answers: { 200: told(z.object({ code: z.string() }), 'The code.') },
          needs: 'pairing',
          problems: ['NO_QR', 'NUMBER_ALREADY_LINKED', 'INSTANCE_NOT_READY', 'SHUTTING_DOWN', 'TIMEOUT'],
        },
        noQuery,
      ),
      body(pairingBody),
      async (c) => {
        const { phoneNumber } = c.req.valid('json');
        const code = await byDeadline(c.req.raw, PAIRING_CODE_DEADLINE_MS, (limits) =>
          manager.requestPairingCode(c.req.param('id'), phoneNumber, limits),
        );
        return c.json({ code });
      },
    )
    .post(
      '/:id/passkey',
      described(
        {
          id: 'submitPasskey',
          tag: 'pairing',
          summary: 'Give the passkey that WhatsApp asks for at a link',
          description:
            'Where `passkey.stage` of the instance is `assertion`. With `wait` it answers when the link has come to an end.',
          answers: { 202: told(instanceSchema, 'The instance: what follows is in its `passkey`.') },
          problems: ['NO_PASSKEY', 'INSTANCE_NOT_READY', 'STORE_UNAVAILABLE', 'SHUTTING_DOWN', 'TIMEOUT'],
        },
        query(waitQuery),
      ),
      body(passkeyBody),
      async (c) => {
        const id = c.req.param('id');
        const given = c.req.valid('json').assertion;
        const { wait = 0 } = c.req.valid('query');
        const taken = await byDeadline(c.req.raw, PASSKEY_DEADLINE_MS, (limits) =>
          manager.submitPasskey(id, given, limits),
        );
        const settled = () => byDeadline(c.req.raw, wait * 1000, (limits) => manager.whenSettled(id, limits));
        return c.json(instanceJson(wait === 0 ? taken : await settled()), 202);
      },
    )
    .get(
      '/:id/screenshot',
      described(
        {
          id: 'getScreenshot',
          tag: 'pairing',
          summary: 'A picture of the page of an instance',
          answers: { 200: { description: 'The picture.', content: { 'image/png': null } } },
          problems: ['INSTANCE_NOT_READY', 'TIMEOUT'],
        },
        noQuery,
      ),
      async (c) => {
        const png = await byDeadline(c.req.raw, SCREENSHOT_DEADLINE_MS, (limits) =>
          manager.screenshot(c.req.param('id'), limits),
        );
        return c.body(new Uint8Array(png), 200, { 'content-type': 'image/png' });
      },
    );
}
