/** A part of a page that a program writes, between two comments that name it; the rest of the page is people's. */

/** The page with these lines in that part. @throws Error when the page has no such part */
export function withSection(page: string, name: string, lines: readonly string[]): string {
  const [begin, end] = [`<!-- ${name} -->\n`, `\n<!-- /${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`The page lacks ${begin.trim()} and ${end.trim()}.`);
  return page.slice(0, from + begin.length) + lines.join('\n') + page.slice(to);
}
