/**
 * Whose page it is, by its number and by its lid. The library hands over one of the two, so that an account whose number
 * comes late would look like another one.
 */
import type wwebjs from 'whatsapp-web.js';
import type { AccountIdentity } from '../../domain/instance-state.js';
import { identityOf } from './incoming-fact.js';
import { inPage, within } from './page-call.js';
import type { PageWorld } from './page-world.js';
import type { Page } from './web-client.js';

interface OwnIds {
  readonly phone: string | null;
  readonly lid: string | null;
}

const DEADLINE_MS = 5_000;
const HUNG = { code: 'PAGE_HUNG', message: 'The page did not say whose it is.' } as const;

/** Runs in the page. */
export function ownIdsInPage(): OwnIds {
  const me = (globalThis as unknown as PageWorld).require('WAWebUserPrefsMeUser');
  const told = (wid: unknown) => (wid ? String(wid) : null);
  return { phone: told(me.getMaybeMePnUser()), lid: told(me.getMaybeMeLidUser()) };
}

/** What the library knows where the page does not say more. Never rejects. */
export async function ownIdentity(
  page: Page,
  info: wwebjs.ClientInfo | undefined,
): Promise<AccountIdentity | null> {
  const known = identityOf(info);
  const ids = await within(inPage(page, ownIdsInPage, null), DEADLINE_MS, HUNG).catch(() => null);
  return identityFrom(known, ids ?? { phone: null, lid: null });
}

const userOf = (id: string, server: string): string | null =>
  id.endsWith(`@${server}`) ? (id.split('@')[0]?.split(':')[0] ?? null) : null;

export function identityFrom(known: AccountIdentity | null, { phone, lid }: OwnIds): AccountIdentity | null {
  const phoneNumber = (phone && userOf(phone, 'c.us')) ?? known?.phoneNumber ?? null;
  const hidden = lid && userOf(lid, 'lid');
  const id = phoneNumber === null ? (known?.id ?? (hidden && `${hidden}@lid`)) : `${phoneNumber}@c.us`;
  if (!id) return null;
  return { id, phoneNumber, pushName: known?.pushName ?? null, ...(hidden && { lid: `${hidden}@lid` }) };
}
