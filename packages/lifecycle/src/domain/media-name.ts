/** The name of a file that came without one. A page would call it "undefined", and a phone could not open it. */

/** Where the type does not say it by itself. */
const ENDINGS: ReadonlyMap<string, string> = new Map([
  ['application/gzip', 'gz'],
  ['application/msword', 'doc'],
  ['application/vnd.ms-excel', 'xls'],
  ['application/vnd.ms-powerpoint', 'ppt'],
  ['application/vnd.oasis.opendocument.presentation', 'odp'],
  ['application/vnd.oasis.opendocument.spreadsheet', 'ods'],
  ['application/vnd.oasis.opendocument.text', 'odt'],
  ['application/vnd.openxmlformats-officedocument.presentationml.presentation', 'pptx'],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xlsx'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'docx'],
  ['application/x-zip-compressed', 'zip'],
  ['audio/mp4', 'm4a'],
  ['audio/mpeg', 'mp3'],
  ['image/jpeg', 'jpg'],
  ['image/svg+xml', 'svg'],
  ['text/calendar', 'ics'],
  ['text/javascript', 'js'],
  ['text/markdown', 'md'],
  ['text/plain', 'txt'],
  ['text/vcard', 'vcf'],
  ['video/quicktime', 'mov'],
  ['video/x-matroska', 'mkv'],
]);
const KINDS: ReadonlySet<string> = new Set(['audio', 'image', 'video']);

/** `document.pdf`, `image.jpg`, `audio.ogg`; `document.bin` of a type that says nothing. */
export function nameOfType(mimetype: string): string {
  const type = (mimetype.split(';')[0] ?? '').trim().toLowerCase();
  const [kind = '', subtype = ''] = type.split('/');
  const ending = ENDINGS.get(type) ?? /^(?:x-)?([a-z0-9]{1,5})$/.exec(subtype)?.[1] ?? 'bin';
  return `${KINDS.has(kind) ? kind : 'document'}.${ending}`;
}
