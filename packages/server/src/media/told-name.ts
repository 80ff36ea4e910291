/** What a server calls the media that it gives: by `Content-Disposition` (RFC 6266), or by their address. */

const LONGEST_NAME = 255;
/** `filename*=UTF-8''…`, which goes before the plain one. */
const EXTENDED = /;\s*filename\*\s*=\s*(utf-8|iso-8859-1)'[^']*'([^\s;]+)/i;
const PLAIN = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i;
/** Programs on the server, whose names say nothing of what they give. */
const PROGRAM = /\.(php\d?|aspx?|ashx|jspx?|cgi)$/i;

/** The name without a path, which a stranger might have chosen, and without what cannot be seen. */
function clean(name: string): string | undefined {
  const last = name
    .replace(/\p{C}/gu, '')
    .replace(/^.*[/\\]/, '')
    .trim();
  return last === '' || /^\.+$/.test(last) || last.length > LONGEST_NAME ? undefined : last;
}

/** Node reads headers as Latin-1, and many servers write UTF-8 into them. */
function unicode(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  const read = bytes.toString('utf8');
  return read.includes('\ufffd') ? text : read;
}

export function nameOfDisposition(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const [, charset, encoded] = EXTENDED.exec(header) ?? [];
  if (charset !== undefined && encoded !== undefined) {
    const name = clean(decoded(encoded, charset.toLowerCase()) ?? '');
    if (name !== undefined) return name;
  }
  const [, quoted, word] = PLAIN.exec(header) ?? [];
  return clean(unicode(quoted?.replace(/\\(.)/g, '$1') ?? word ?? ''));
}

function decoded(encoded: string, charset: string): string | undefined {
  try {
    return charset === 'utf-8'
      ? decodeURIComponent(encoded)
      : encoded.replace(/%([0-9a-f]{2})/gi, (_, code: string) =>
          String.fromCharCode(Number.parseInt(code, 16)),
        );
  } catch {
    return undefined;
  }
}

/** The last step of the path where it looks like the name of a file. */
export function nameOfAddress({ pathname }: URL): string | undefined {
  try {
    const name = decodeURIComponent(pathname.split('/').at(-1) ?? '');
    const isFile = /^[^/\\\p{C}]+\.\w{1,10}$/u.test(name) && !PROGRAM.test(name);
    return isFile && name.length <= LONGEST_NAME ? name : undefined;
  } catch {
    return undefined;
  }
}
