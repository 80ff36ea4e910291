/** Headers under which a file that a stranger chose can be handed to a browser: it is saved, never shown as a page of ours. */

const MIME_TYPE =
  /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*(; ?[a-z0-9-]+=("[^"\\]*"|[a-z0-9!#$&^_.+-]+))*$/i;
const LONGEST_NAME = 200;

interface File {
  readonly mimetype: string;
  readonly filename: string | null;
}

/** The name without path, control characters, and what turns letters around so that one type looks like another. */
const clean = (name: string): string =>
  name
    .normalize('NFC')
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .replace(/^.*[/\\]/, '')
    .trim()
    .slice(0, LONGEST_NAME)
    // Half a character, left by the cut or sent so, cannot be written in UTF-8.
    .replace(/\p{Cs}/gu, '');

/** `otherwise` is the name of a file that has none. */
export function attachment({ mimetype, filename }: File, otherwise: string): Record<string, string> {
  const name = clean(filename ?? '') || clean(otherwise) || 'file';
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (each) => `%${each.charCodeAt(0).toString(16)}`,
  );
  return {
    'content-type': MIME_TYPE.test(mimetype) ? mimetype : 'application/octet-stream',
    'content-disposition': `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`,
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
  };
}
