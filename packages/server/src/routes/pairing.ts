/** What a person needs to pair a phone: the QR code in four forms, the pairing code, and a look at the page. */
import {
  type InstanceManager,
  type InstanceView,
  isLifecycleError,
  LifecycleError,
  type QrView,
} from '@wakeeper/lifecycle';
import { Hono } from 'hono';
import { accepts } from 'hono/accepts';
import QRCode from 'qrcode';
import { z } from 'zod';
import type { AppEnv } from '../http/app-env.js';
import { byDeadline, type Limits } from '../http/deadline.js';
import { phoneNumber, waitQuery } from '../http/field.js';
import { body, noQuery, query } from '../http/validate.js';
import { qrJson } from './instance-json.js';
import { terminalQr } from './terminal-qr.js';

/** A browser may have to be launched before WhatsApp can be asked for a code. */
const PAIRING_CODE_DEADLINE_MS = 60_000;
const SCREENSHOT_DEADLINE_MS = 15_000;

const pairingBody = z.strictObject({ phoneNumber });

/** Whether an instance is on its way to a code, or shows one. */
const mayStillCome = ({ state, wanted }: InstanceView): boolean =>
  wanted === 'running' && state !== 'ready' && state !== 'error';

/**
 * The code, waited for. That none came in the time that the caller gave is another answer than that none will come.
 * @throws LifecycleError NO_QR, TIMEOUT
 */
async function codeInTime(manager: InstanceManager, id: string, limits: Limits): Promise<QrView> {
  try {
    return await manager.qr(id, limits);
  } catch (error) {
    if (limits.timeoutMs === 0 || !isLifecycleError(error, 'NO_QR') || !mayStillCome(manager.get(id)))
      throw error;
    throw new LifecycleError('TIMEOUT', { message: error.message, cause: error });
  }
}

export function pairingRoutes(manager: InstanceManager) {
  return new Hono<AppEnv>()
    .get('/:id/qr', query(waitQuery), async (c) => {
      const timeoutMs = (c.req.valid('query').wait ?? 0) * 1000;
      const view = await byDeadline(c.req.raw, timeoutMs, (limits) =>
        codeInTime(manager, c.req.param('id'), limits),
      );
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
