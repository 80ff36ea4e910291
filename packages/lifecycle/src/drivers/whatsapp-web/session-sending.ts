/** Sends through one page and remembers what it asked of it, so that a missing message can be proved unsent. */
import { randomUUID } from 'node:crypto';
import { messageOf } from '../../domain/errors.js';
import type { ItemContent } from '../../domain/message.js';
import type { PageCapability } from '../../domain/page-report.js';
import type { AccountRestriction } from '../../domain/restriction.js';
import { DriverError, type SendReport, type SendRequest, type Sighting } from '../../ports/driver.js';
import { failureOf, isNavigation, meansChangedPage } from './driver-failure.js';
import { ackOf } from './incoming-fact.js';
import { JournalRecord } from './journal-record.js';
import { outgoingContent, refusalOf } from './outgoing-content.js';
import { inPage, within } from './page-call.js';
import { decodesInPage } from './page-decoding.js';
import { JOURNAL_KEPT_MS, openJournal } from './page-journal.js';
import { findInPage, journalToken, type SendAnswer, sendInPage } from './page-send.js';
import type { SessionDoubts } from './session-doubts.js';
import type { Page } from './web-client.js';

/** One call of ours: over, and in which document, once its answer has come. */
interface Call {
  /** The document that took the call, or null until its answer has come. */
  document: number | null;
  messageId: string | null;
  /** It has ended, however it did: it cannot begin to send any more. */
  isOver: boolean;
}

interface FindRequest {
  readonly to: string;
  readonly messageKey: string;
  readonly attemptedAt?: number;
  readonly deadlineMs: number;
}

const MAX_REMEMBERED = 500;
const EXISTS_TIMEOUT_MS = 5_000;
/** A text goes out without its preview when that takes longer. */
const PREVIEW_TIMEOUT_MS = 5_000;
const DECODING_TIMEOUT_MS = 10_000;

export class SessionSending {
  readonly #calls = new Map<string, Call>();
  readonly #ended: Promise<void>;
  readonly #doubts: SessionDoubts;
  #record: JournalRecord | undefined;

  /** `ended`: the browser is gone, and nothing that was asked can have an effect any more. */
  constructor(ended: Promise<void>, doubts: SessionDoubts) {
    this.#ended = ended;
    this.#doubts = doubts;
  }

  /** In each document, before anything is sent in it. @throws what the page or the file system throws */
  async openJournal(page: Page, profile: string): Promise<void> {
    const record = new JournalRecord(profile);
    this.#record = undefined;
    await inPage(page, openJournal, { fresh: randomUUID(), keptMs: JOURNAL_KEPT_MS });
    await record.confirm(await inPage(page, journalToken, null));
    this.#record = record;
  }

  /** True for a message that this session was asked to send. */
  isOurs(key: string): boolean {
    return this.#calls.has(key);
  }

  /** Never rejects. */
  async send(page: Page, request: SendRequest): Promise<SendReport> {
    const began = performance.now();
    const report = await this.#send(page, request);
    if (report.outcome !== 'unsent') return report;
    const leftMs = Math.min(DECODING_TIMEOUT_MS, request.deadlineMs - (performance.now() - began));
    const refusal = await undecodable(page, request.content, leftMs);
    if (refusal) return refusal;
    if (report.code === 'INCOMPATIBLE_PAGE') this.#doubts.count('incompatible');
    return report;
  }

  async #send(
    page: Page,
    { content, messageKey, deadlineMs, recipientCheck }: SendRequest,
  ): Promise<SendReport> {
    const refusal = refusalOf(content);
    if (refusal) return { outcome: 'refused', ...refusal };
    const call: Call = { document: null, messageId: null, isOver: false };
    this.#remember(messageKey, call);
    const { wantsPreview, ...outgoing } = outgoingContent(content);
    const asked = inPage(page, sendInPage, {
      to: content.payload.to,
      key: messageKey,
      ...outgoing,
      needsExists: recipientCheck === 'required',
      existsTimeoutMs: Math.min(EXISTS_TIMEOUT_MS, deadlineMs / 4),
      previewTimeoutMs: wantsPreview ? Math.min(PREVIEW_TIMEOUT_MS, deadlineMs / 4) : 0,
    });
    const settled = asked.then(
      (answer) => {
        call.isOver = true;
        // What is unclear now proves nothing later.
        if (answer.outcome !== 'unclear') call.document = answer.document;
        if (answer.outcome === 'added') call.messageId = answer.messageId;
      },
      // Rejected: the page or the browser that ran it is gone. What it has done stays unknown.
      () => {
        call.isOver = true;
      },
    );
    try {
      const failure = {
        code: 'PAGE_HUNG',
        message: `The page did not answer within ${deadlineMs} ms.`,
      } as const;
      const report = reportOf(await within(asked, deadlineMs, failure), content);
      if (report.outcome === 'unknown') this.#doubts.count('sentNotFound');
      return report;
    } catch (thrown) {
      return {
        outcome: 'unknown',
        message: messageOf(thrown),
        settled: Promise.race([settled, this.#ended]),
      };
    }
  }

  /** @throws DriverError when the page cannot be asked. */
  async find(page: Page, { to, messageKey, attemptedAt, deadlineMs }: FindRequest): Promise<Sighting> {
    const call = this.#calls.get(messageKey);
    const messageId = call?.messageId ?? null;
    try {
      const { document, found, began, token } = await within(
        inPage(page, findInPage, { to, key: messageKey, messageId }),
        deadlineMs,
        {
          code: 'PAGE_HUNG',
          message: `The page did not answer within ${deadlineMs} ms.`,
        },
      );
      if (found?.messageId) return { found: true, messageId: found.messageId, ack: ackOf(found.ack) };
      // A message that was in the chat and is not any more was sent; so was one that is there without an id.
      if (messageId !== null || found) {
        this.#doubts.count('sentNotFound');
        return { found: false, proof: false };
      }
      const isOver = call === undefined || call.isOver;
      const neverBegan =
        !began && isOver && attemptedAt !== undefined && this.#record?.covers(token, attemptedAt) === true;
      // The page that answered the call, or a journal in which the call would stand. A later document alone proves nothing.
      return { found: false, proof: call?.document === document || neverBegan };
    } catch (thrown) {
      const code = isNavigation(thrown) ? 'PAGE_CLOSED' : failureOf(thrown, 'PROBE_FAILED').code;
      if (code === 'INCOMPATIBLE_PAGE') this.#doubts.count('incompatible');
      throw new DriverError(
        { code, message: `The page cannot be asked for a message: ${messageOf(thrown)}` },
        thrown,
      );
    }
  }

  #remember(key: string, call: Call): void {
    // A second attempt with the key replaces the first: both were the same message to the page.
    this.#calls.delete(key);
    this.#calls.set(key, call);
    const [oldest] = this.#calls.keys();
    if (this.#calls.size > MAX_REMEMBERED && oldest !== undefined) this.#calls.delete(oldest);
  }
}

/**
 * The refusal of a video that this browser cannot decode: the page fails at it with words that say nothing, and would at
 * every attempt. Undefined for everything else.
 */
async function undecodable(
  page: Page,
  content: ItemContent,
  leftMs: number,
): Promise<SendReport | undefined> {
  const media = content.type === 'message' ? content.payload.media : undefined;
  if (!media?.mimetype.startsWith('video/') || media.asDocument || leftMs <= 0) return undefined;
  const { mimetype, data } = media;
  const late = {
    code: 'PAGE_HUNG',
    message: 'The page did not say whether it can decode the video.',
  } as const;
  // A page that cannot be asked is no proof of anything.
  const decodes = await within(inPage(page, decodesInPage, { mimetype, data }), leftMs, late).catch(
    () => true,
  );
  if (decodes) return undefined;
  return {
    outcome: 'refused',
    code: 'NOT_SUPPORTED',
    message: `The browser cannot decode this ${mimetype}, which WhatsApp Web needs to send it as a video. Send it with asDocument, convert it (docs/sending.md has what each browser decodes), or set CHROME_PATH to a browser that can.`,
  };
}

function timelocked(restriction: AccountRestriction): SendReport {
  const { kind, until } = restriction;
  const end =
    until === null ? 'for a time that its page does not say' : `until ${new Date(until).toISOString()}`;
  return {
    outcome: 'refused',
    code: 'RECIPIENT_TIMELOCKED',
    message: `WhatsApp lets the account open no new chats ${end} (${kind}). Send again after that, or after the recipient has written; chats that there are go on.`,
    restriction,
  };
}

function reportOf(answer: SendAnswer, content: ItemContent): SendReport {
  switch (answer.outcome) {
    case 'added':
      return { outcome: 'added', messageId: answer.messageId, ack: ackOf(answer.ack) };
    case 'notFound':
      return { outcome: 'refused', code: 'RECIPIENT_NOT_FOUND', message: answer.message };
    case 'timelocked':
      return timelocked(answer.restriction);
    case 'quoteNotFound':
      return { outcome: 'refused', code: 'QUOTED_MESSAGE_NOT_FOUND', message: answer.message };
    case 'tooLarge':
      return { outcome: 'refused', code: 'MEDIA_TOO_LARGE', message: answer.message };
    case 'unclear':
      return { outcome: 'unknown', message: answer.message, settled: Promise.resolve() };
    case 'unsent':
      return meansChangedPage(answer.message)
        ? {
            outcome: 'unsent',
            code: 'INCOMPATIBLE_PAGE',
            message: `whatsapp-web.js cannot send this in it any more: ${answer.message}`,
            capability: capabilityOf(content),
          }
        : { outcome: 'unsent', code: 'PAGE_UNAVAILABLE', message: answer.message };
  }
}

/** What a page that refuses this content cannot do any more: the narrowest, so that everything else goes on. */
function capabilityOf(content: ItemContent): PageCapability {
  if (content.payload.to.endsWith('@newsletter')) return 'channels';
  return content.type === 'message' && content.payload.media ? 'media' : 'sendText';
}
