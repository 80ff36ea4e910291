import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const pages = readdirSync(ROOT, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
  .map((entry) => join(entry.parentPath, entry.name))
  .filter((path) => !/node_modules|\/dist\/|\/\.git\//.test(path));

/** As the sites that show Markdown make them out of headings. */
const anchorsOf = (path: string): string[] =>
  [...readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

describe('the links of every page', () => {
  test.each(pages.map((path) => relative(ROOT, path)))('in %s lead somewhere', (page) => {
    const text = readFileSync(join(ROOT, page), 'utf8').replaceAll(/^```[\s\S]*?^```$/gm, '');
    const dead = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link = '']) => link)
      .filter((link) => !/^https?:/.test(link))
      .filter((link) => {
        const [file = '', anchor] = link.split('#');
        const path = file === '' ? join(ROOT, page) : join(ROOT, dirname(page), file);
        return !existsSync(path) || (anchor !== undefined && !anchorsOf(path).includes(anchor));
      });
    expect(dead).toEqual([]);
  });

  test('are looked at on more than a few pages', () => {
    expect(pages.length).toBeGreaterThan(5);
  });
});
