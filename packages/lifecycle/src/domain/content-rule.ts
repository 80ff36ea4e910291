/** What can be sent, field by field: one rule for every door, whether a program calls the library or posts over HTTP. */
import { MESSAGE_ID } from './inbound.js';
import type {
  ContactContent,
  LocationContent,
  MediaContent,
  MessagePayload,
  Metadata,
  PollPayload,
} from './message.js';
import { readPhoneNumber } from './phone-number.js';
import { parseRecipient } from './recipient.js';

/** Lengths in UTF-16 units. */
export const CONTENT_LIMITS = {
  text: 65_536,
  caption: 65_536,
  filename: 255,
  mimetype: 255,
  placeName: 1_000,
  contactName: 255,
  question: 255,
  option: 100,
  leastOptions: 2,
  mostOptions: 12,
  /** As many as a group of WhatsApp has members. */
  mentions: 1_024,
  metadataBytes: 4_096,
  ttlMs: 30 * 24 * 60 * 60 * 1_000,
  idempotencyKey: 255,
} as const;

/** A MIME type with its parameters, such as `audio/ogg; codecs=opus`. */
export const MIME_TYPE = /^[A-Za-z0-9][\w.+-]*\/[A-Za-z0-9][\w.+-]*(\s*;\s*[\w.+-]+=("[^"\\]*"|[\w.+-]+))*$/;

export interface ContentProblem {
  /** Where in the payload, for example `media.data` or `options[1]`; empty for the whole of it. */
  readonly path: string;
  /** The end of a sentence that begins with the field. */
  readonly message: string;
}

/** What is wrong with a value, or null. */
type Check = (value: unknown) => string | null;
interface FieldRule {
  readonly check: Check;
  readonly isRequired?: boolean;
}
type Rules<Of> = { readonly [Name in keyof Of]-?: FieldRule };

/** JSON can carry half of a surrogate pair, which no store and no phone can. */
const LONE_SURROGATE = /\p{Surrogate}/u;

const text =
  (most: number): Check =>
  (value) => {
    if (typeof value !== 'string') return 'must be a string';
    if (value === '') return 'must not be empty';
    if (value.length > most) return `must be at most ${most} characters`;
    return LONE_SURROGATE.test(value) ? 'must be well-formed Unicode' : null;
  };
/** WhatsApp takes the spaces around these away. */
const words =
  (most: number): Check =>
  (value) =>
    text(most)(value) ?? (String(value).trim() === '' ? 'must not be blank' : null);
const boolean: Check = (value) => (typeof value === 'boolean' ? null : 'must be true or false');
const between =
  (least: number, most: number): Check =>
  (value) =>
    typeof value === 'number' && value >= least && value <= most
      ? null
      : `must be a number from ${least} to ${most}`;

/** Standard alphabet, padded, and checked in one pass: a regular expression over groups of four runs out of stack. */
const base64: Check = (data) => {
  if (typeof data !== 'string') return 'must be a string';
  if (data === '') return 'must not be empty';
  const padding = data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0;
  const isBase64 = data.length % 4 === 0 && !/[^A-Za-z0-9+/]/.test(data.slice(0, data.length - padding));
  return isBase64 ? null : 'must be base64 with padding, and no data: prefix';
};
const mimetype: Check = (value) =>
  typeof value === 'string' && value.length <= CONTENT_LIMITS.mimetype && MIME_TYPE.test(value)
    ? null
    : 'must be a MIME type such as image/png';
const phoneNumber: Check = (value) => {
  if (typeof value !== 'string') return 'must be a string';
  const number = readPhoneNumber(value);
  return 'wrong' in number ? number.wrong : null;
};
const messageId: Check = (value) =>
  typeof value === 'string' && MESSAGE_ID.test(value)
    ? null
    : 'must be a message id, such as false_4915112345678@c.us_3EB0C767D097';

/** These are looked into one by one. */
const looked: FieldRule = { check: () => null };
const required = (check: Check): FieldRule => ({ check, isRequired: true });

const MEDIA: Rules<MediaContent> = {
  mimetype: required(mimetype),
  data: required(base64),
  filename: { check: text(CONTENT_LIMITS.filename) },
  caption: { check: text(CONTENT_LIMITS.caption) },
  asDocument: { check: boolean },
  asVoice: { check: boolean },
};
const LOCATION: Rules<LocationContent> = {
  latitude: required(between(-90, 90)),
  longitude: required(between(-180, 180)),
  name: { check: text(CONTENT_LIMITS.placeName) },
  address: { check: text(CONTENT_LIMITS.placeName) },
};
const CONTACT: Rules<ContactContent> = {
  name: required(text(CONTENT_LIMITS.contactName)),
  phoneNumber: required(phoneNumber),
};
const MESSAGE: Rules<MessagePayload> = {
  to: looked,
  text: { check: text(CONTENT_LIMITS.text) },
  media: looked,
  location: looked,
  contact: looked,
  quotedMessageId: { check: messageId },
  mentions: looked,
  linkPreview: { check: boolean },
};
const POLL: Rules<PollPayload> = {
  to: looked,
  question: required(words(CONTENT_LIMITS.question)),
  options: looked,
  allowMultipleAnswers: { check: boolean },
};

type Given = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Given =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function fieldProblems(
  value: unknown,
  rules: Readonly<Record<string, FieldRule>>,
  at = '',
): ContentProblem[] {
  if (!isObject(value)) return [{ path: at, message: 'must be an object' }];
  const pathOf = (name: string): string => (at === '' ? name : `${at}.${name}`);
  const unknown = Object.keys(value)
    .filter((name) => value[name] !== undefined && !Object.hasOwn(rules, name))
    .map((name) => ({ path: pathOf(name), message: 'is not a known field' }));
  const wrong = Object.entries(rules).flatMap(([name, { check, isRequired }]) => {
    const message = value[name] === undefined ? (isRequired ? 'must be given' : null) : check(value[name]);
    return message === null ? [] : [{ path: pathOf(name), message }];
  });
  return [...unknown, ...wrong];
}

/** The recipient has a code of its own, and is no part of this. */
export function contentProblems(type: unknown, payload: unknown): readonly ContentProblem[] {
  if (!isObject(payload)) return [{ path: 'payload', message: 'must be an object' }];
  if (type === 'message') return messageProblems(payload);
  if (type === 'poll') return [...fieldProblems(payload, POLL), ...optionProblems(payload.options)];
  return [{ path: 'type', message: 'must be "message" or "poll"' }];
}

function messageProblems(message: Given): readonly ContentProblem[] {
  const parts = Object.entries({ media: MEDIA, location: LOCATION, contact: CONTACT });
  const contents = ['text', ...parts.map(([name]) => name)];
  const given = contents.filter((name) => message[name] !== undefined);
  const problems = parts.flatMap(([name, rules]) =>
    message[name] === undefined ? [] : fieldProblems(message[name], rules, name),
  );
  return [
    ...(given.length === 1
      ? []
      : [{ path: '', message: `exactly one of ${contents.join(', ')} must be given` }]),
    ...fieldProblems(message, MESSAGE),
    ...problems,
    ...mentionProblems(message),
    ...(message.linkPreview !== undefined && message.text === undefined
      ? [{ path: 'linkPreview', message: 'goes with a text' }]
      : []),
  ];
}

function mentionProblems({ mentions, text, media }: Given): readonly ContentProblem[] {
  if (mentions === undefined) return [];
  if (!Array.isArray(mentions) || mentions.length > CONTENT_LIMITS.mentions)
    return [{ path: 'mentions', message: `must be a list of at most ${CONTENT_LIMITS.mentions} people` }];
  if (text === undefined && !(isObject(media) && media.caption))
    return [{ path: 'mentions', message: 'goes with a text or with a caption' }];
  return mentions.flatMap((one: unknown, index) =>
    isPerson(one)
      ? []
      : [
          {
            path: `mentions[${index}]`,
            message: 'must be a phone number with country code or a chat id ending in @c.us or @lid',
          },
        ],
  );
}

function isPerson(mentioned: unknown): boolean {
  try {
    return /@(c\.us|lid)$/.test(parseRecipient(mentioned));
  } catch {
    return false;
  }
}

function optionProblems(options: unknown): readonly ContentProblem[] {
  const { leastOptions, mostOptions, option } = CONTENT_LIMITS;
  if (!Array.isArray(options) || options.length < leastOptions || options.length > mostOptions)
    return [{ path: 'options', message: `must be a list of ${leastOptions} to ${mostOptions} options` }];
  const wrong = options.flatMap((one: unknown, index) => {
    const message = words(option)(one);
    return message === null ? [] : [{ path: `options[${index}]`, message }];
  });
  if (wrong.length > 0) return wrong;
  const isDistinct = new Set(options.map((one) => String(one).trim())).size === options.length;
  return isDistinct ? [] : [{ path: 'options', message: 'must be different' }];
}

/** What is wrong with the caller's own object, or null. */
export function metadataProblem(metadata: unknown): string | null {
  if (!isObject(metadata)) return 'must be a JSON object';
  return jsonBytes(metadata as Metadata) <= CONTENT_LIMITS.metadataBytes
    ? null
    : `must be at most ${CONTENT_LIMITS.metadataBytes} bytes of JSON`;
}

function jsonBytes(value: Metadata): number {
  try {
    return Buffer.byteLength(JSON.stringify(value));
  } catch {
    // It holds itself, is nested so deep that it cannot be written, or has what JSON has no words for.
    return Number.POSITIVE_INFINITY;
  }
}

/** What is wrong with how long an item may wait, or null. */
export const ttlProblem = (ttlMs: unknown): string | null =>
  Number.isSafeInteger(ttlMs) && Number(ttlMs) >= 1 && Number(ttlMs) <= CONTENT_LIMITS.ttlMs
    ? null
    : `must be a whole number of milliseconds, from 1 to ${CONTENT_LIMITS.ttlMs}`;

/** What is wrong with an idempotency key, or null. */
export const idempotencyKeyProblem = text(CONTENT_LIMITS.idempotencyKey);
