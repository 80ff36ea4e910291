import type { WireMessage } from './wire.js';

/** One message that WhatsApp's server took, once, however often the page sent it. */
export interface Delivery {
  /** The id as the library has it: `true_<chat>_<id>`. */
  id: string;
  to: string;
  type: string;
  body: string;
  at: string;
  /** How many frames carried it. */
  frames: number;
  ack: number;
  caption?: string;
  quotedId?: string;
  mentions?: string[];
  preview?: { title?: string; description?: string; link: string };
  poll?: { question: string; options: string[]; multiple: boolean; secret: string };
  media?: {
    mimetype: string;
    size: number;
    hash: string;
    filename?: string;
    viewOnce?: boolean;
    /** Of a video, in pixels. */
    width?: number;
    height?: number;
    /** Of a voice message: how loud it is, in 64 steps. */
    waveform?: number[];
  };
  location?: { latitude: number; longitude: number; description?: string; url?: string };
  vcards?: string[];
}

/** One frame as the page sent it. */
export interface Frame {
  at: string;
  device: string;
  /** Grows with every connection of any page: frames of one connection have the same number. */
  connection: number;
  frame: unknown;
}

/** Leaves out what is undefined, so that a delivery compares well in a test. */
function present<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

export function deliveryOf(message: WireMessage, at: string): Delivery {
  const { pollName, lat, lng, filehash, vcardList } = message;
  const isVcard = message.type === 'vcard';
  return present<Delivery>({
    id: message.key,
    to: message.to,
    type: message.type,
    // A picture's body is its thumbnail in base64, which is nobody's text.
    body: filehash || pollName ? '' : (message.body ?? ''),
    at,
    frames: 1,
    ack: 1,
    caption: message.caption,
    quotedId: message.quotedStanzaID,
    mentions: message.mentionedJidList?.length
      ? message.mentionedJidList.map((wid) => wid._serialized)
      : undefined,
    preview:
      message.matchedText === undefined
        ? undefined
        : present<NonNullable<Delivery['preview']>>({
            title: message.title,
            description: message.description,
            link: message.matchedText,
          }),
    poll:
      pollName === undefined
        ? undefined
        : {
            question: pollName,
            options: (message.pollOptions ?? []).map((option) => option.name),
            multiple: message.pollSelectableOptionsCount === 0,
            secret: Buffer.from(message.messageSecret ?? []).toString('hex'),
          },
    media:
      filehash === undefined
        ? undefined
        : present<NonNullable<Delivery['media']>>({
            mimetype: message.mimetype ?? '',
            size: message.size ?? 0,
            hash: filehash,
            filename: message.filename,
            viewOnce: message.isViewOnce,
            width: message.width,
            height: message.height,
            waveform: message.waveform,
          }),
    location:
      lat === undefined || lng === undefined
        ? undefined
        : present<NonNullable<Delivery['location']>>({
            latitude: lat,
            longitude: lng,
            description: message.loc || undefined,
            url: message.clientUrl,
          }),
    vcards: isVcard ? [message.body ?? ''] : vcardList?.map((each) => each.vcard),
  });
}
