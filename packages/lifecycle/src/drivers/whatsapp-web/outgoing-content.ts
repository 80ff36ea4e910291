/** What an item is called in the options that whatsapp-web.js hands to its injected `sendMessage`. */
import type { ContactContent, ItemContent, LocationContent, MediaContent } from '../../domain/message.js';

export interface OutgoingContent {
  readonly content: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Nothing that costs a question to the network: no link preview; and the chat is not marked as read. */
const PLAIN = { mentionedJidList: [], ignoreQuoteErrors: true };

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
    ...(media.filename ? { filename: media.filename } : {}),
  },
  ...(media.caption ? { caption: media.caption } : {}),
  isCaptionByUser: Boolean(media.caption),
  ...(media.asVoice ? { sendAudioAsVoice: true } : {}),
  ...(media.asDocument ? { sendMediaAsDocument: true } : {}),
});

const locationOptions = ({ latitude, longitude, name, address }: LocationContent) => ({
  location: { latitude, longitude, description: [name, address].filter(Boolean).join('\n') },
});

/** What WhatsApp takes nowhere, or not in a channel; undefined when it may be tried. */
export function unsupported({ type, payload }: ItemContent): string | undefined {
  if (!payload.to.endsWith('@newsletter') || type === 'poll') return undefined;
  if (payload.location || payload.contact || payload.quotedMessageId || payload.media?.asDocument)
    return 'Channels take text, images, video, voice and polls only.';
  return undefined;
}

export function outgoingContent({ type, payload }: ItemContent): OutgoingContent {
  if (type === 'poll')
    return {
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
  const quoted = payload.quotedMessageId ? { quotedMessageId: payload.quotedMessageId } : {};
  const options = { ...PLAIN, ...quoted };
  if (payload.media) return { content: '', options: { ...options, ...mediaOptions(payload.media) } };
  if (payload.location) return { content: '', options: { ...options, ...locationOptions(payload.location) } };
  // Only a contact is read as a vCard; a text that looks like one stays a text.
  if (payload.contact)
    return { content: vcardOf(payload.contact), options: { ...options, parseVCards: true } };
  return { content: payload.text ?? '', options };
}
