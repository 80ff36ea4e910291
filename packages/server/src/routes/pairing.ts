/** What a person needs to pair a phone: the QR code in four forms, the pairing code, and a look at the page. */
import type { InstanceManager } from '@wakeeper/lifecycle';
import { Hono } from 'hono';
import { accepts } from 'hono/accepts';
import QRCode from 'qrcode';
import { z } from 'zod';
import type { AppEnv } from '../http/app-env.js';
import { byDeadline } from '../http/deadline.js';
import { phoneNumber, waitQuery } from '../http/field.js';
import { body, noQuery, query } from '../http/validate.js';
import { qrJson } from './instance-json.js';
import { terminalQr } from './terminal-qr.js';

/** A browser may have to be launched before WhatsApp can be asked for a code. */
const PAIRING_CODE_DEADLINE_MS = 60_000;
const SCREENSHOT_DEADLINE_MS = 10_000;

const pairingBody = z.strictObject({ phoneNumber });

export function pairingRoutes(manager: InstanceManager) {
  return new Hono<AppEnv>()
    .get('/:id/qr', query(waitQuery), async (c) => {
      const timeoutMs = (c.req.valid('query').wait ?? 0) * 1000;
      const view = await byDeadline(c.req.raw, timeoutMs, (limits) => manager.qr(c.req.param('id'), limits));
      c.header('vary', 'Accept');
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
    })
    .post('/:id/pairing-code', noQuery, body(pairingBody), async (c) => {
      const { phoneNumber } = c.req.valid('json');
      const code = await byDeadline(c.req.raw, PAIRING_CODE_DEADLINE_MS, (limits) =>
        manager.requestPairingCode(c.req.param('id'), phoneNumber, limits),
      );
      return c.json({ code });
    })
    .get('/:id/screenshot', noQuery, async (c) => {
      const png = await byDeadline(c.req.raw, SCREENSHOT_DEADLINE_MS, (limits) =>
        manager.screenshot(c.req.param('id'), limits),
      );
      return c.body(new Uint8Array(png), 200, { 'content-type': 'image/png' });
    });
}
