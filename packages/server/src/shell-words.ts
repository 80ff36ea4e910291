/** Arguments in one line, as a shell reads them: separated by spaces, kept together by single or double quotes. */

const WORD = /(?:[^\s'"]|'[^']*'|"[^"]*")+/g;
const QUOTED = /'([^']*)'|"([^"]*)"/g;

/** Null when a quote is not closed. */
export function shellWords(line: string): string[] | null {
  if (line.replace(QUOTED, '').match(/['"]/)) return null;
  const unquote = (word: string) => word.replace(QUOTED, (_all, single, double) => single ?? double);
  return (line.match(WORD) ?? []).map(unquote);
}
