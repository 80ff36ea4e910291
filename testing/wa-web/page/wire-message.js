import { plain } from './model.js';

/** What of a message goes over the wire; the rest is the page's own bookkeeping. */
const CARRIED = [
  'type',
  'body',
  'caption',
  't',
  'pollName',
  'pollOptions',
  'pollSelectableOptionsCount',
  'messageSecret',
  'lat',
  'lng',
  'loc',
  'clientUrl',
  'vcardFormattedName',
  'vcardList',
  'mimetype',
  'filename',
  'size',
  'filehash',
  'directPath',
  'mediaKey',
  'isViewOnce',
  'isGif',
  'width',
  'height',
  'waveform',
  'quotedStanzaID',
  'mentionedJidList',
  'subtype',
  'title',
  'description',
  'matchedText',
  'kind',
];

export function toWire(msg) {
  const carried = {};
  for (const name of CARRIED) if (msg[name] !== undefined) carried[name] = plain(msg[name]);
  return { ...carried, id: msg.id.id, key: String(msg.id), to: msg.to._serialized ?? msg.to };
}

/** A quoted message does not drag its own quotation along. */
export function chatless(data) {
  const { quotedMsg: _quoted, msgs: _msgs, ...rest } = data;
  return rest;
}
