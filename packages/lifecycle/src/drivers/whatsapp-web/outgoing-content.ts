/** What an item is called in the options that whatsapp-web.js hands to its injected `sendMessage`. */
import { nameOfType } from '../../domain/media-name.js';
import type { ContactContent, ItemContent, LocationContent, MediaContent } from '../../domain/message.js';
import type { SendFailureCode } from '../../ports/driver.js';

export interface OutgoingContent {
  readonly content: string;
  readonly options: Readonly<Record<string, unknown>> & { readonly quotedMessageId?: string };
  /** Whether a link in the content is to be previewed. The library waits for that without end, so that we do it. */
  readonly wantsPreview: boolean;
}

/** A quotation that cannot be made is an error; and the chat is not marked as read. */
const PLAIN = { mentionedJidList: [], ignoreQuoteErrors: false };

const escaped = (text: string): string => text.replace(/[\\;,]/g, '\\$&').replace(/\r?\n/g, '\\n');

export const vcardOf = ({ name, phoneNumber }: ContactContent): string =>
  [
    'BEGIN:VCARD',
    'VERSION:3.0',
    `N:;${escaped(name)};;;`,
    `FN:${escaped(name)}`,
    `TEL;type=CELL;type=VOICE;waid=${phoneNumber}:+${phoneNumber}`,
    'END:VCARD',
  ].join('\n');

const mediaOptions = (media: MediaContent) => ({
  media: {
    mimetype: media.mimetype,
    data: media.data,
    filename: media.filename || nameOfType(media.mimetype),
  },
  ...(media.caption ? { caption: media.caption } : {}),
  isCaptionByUser: Boolean(media.caption),
  ...(media.asVoice ? { sendAudioAsVoice: true } : {}),
  ...(media.asDocument ? { sendMediaAsDocument: true } : {}),
});

const locationOptions = ({ latitude, longitude, name, address }: LocationContent) => ({
  location: { latitude, longitude, description: [name, address].filter(Boolean).join('\n') },
});

/** In characters of base64, 64 MiB: a browser ends itself at a message of more than 100 MiB. */
const MOST_MEDIA = Math.ceil((64 * 1024 * 1024) / 3) * 4;

/** What is refused before the page is touched; undefined when it may be tried. */
export function refusalOf({
  type,
  payload,
}: ItemContent): { readonly code: SendFailureCode; readonly message: string } | undefined {
  if (type === 'poll') return undefined;
  if ((payload.media?.data.length ?? 0) > MOST_MEDIA)
    return { code: 'MEDIA_TOO_LARGE', message: 'Media of more than 64 MiB do not fit into a browser.' };
  if (!payload.to.endsWith('@newsletter')) return undefined;
  if (payload.location || payload.contact || payload.quotedMessageId || payload.media?.asDocument)
    return { code: 'NOT_SUPPORTED', message: 'Channels take text, images, video, voice and polls only.' };
  return undefined;
}

export function outgoingContent({ type, payload }: ItemContent): OutgoingContent {
  if (type === 'poll')
    return {
      wantsPreview: false,
      content: '',
      options: {
        ...PLAIN,
        poll: {
          pollName: payload.question.trim(),
          pollOptions: payload.options.map((name, localId) => ({ name: name.trim(), localId })),
          options: { allowMultipleAnswers: payload.allowMultipleAnswers === true },
        },
      },
    };
  const common = {
    ...PLAIN,
    ...(payload.quotedMessageId ? { quotedMessageId: payload.quotedMessageId } : {}),
    ...(payload.mentions ? { mentionedJidList: payload.mentions } : {}),
  };
  const plain = (content: string, options: object): OutgoingContent => ({
    wantsPreview: false,
    content,
    options: { ...common, ...options },
  });
  if (payload.media) return plain('', mediaOptions(payload.media));
  if (payload.location) return plain('', locationOptions(payload.location));
  // Only a contact is read as a vCard; a text that looks like one stays a text.
  if (payload.contact) return plain(vcardOf(payload.contact), { parseVCards: true });
  return { wantsPreview: payload.linkPreview !== false, content: payload.text ?? '', options: common };
}
