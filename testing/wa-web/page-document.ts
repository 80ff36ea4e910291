import { readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import type { PageTraits } from './editions.js';

const MAIN = new URL('./page/main.js', import.meta.url);
const IMPORT = /^import\s+(?:[^'"]*from\s+)?'([^']+)';\s*$/gm;

/** What the server tells a page in the page itself. */
export interface PageSettings {
  load: number;
  storage: 'indexeddb' | 'localstorage';
  syncMs: number;
  ballastMb: number;
  traits: PageTraits;
  waitsForGate: boolean;
}

/** A module and what it imports, imports first, each once. */
function collect(file: URL, seen: Set<string>): string[] {
  if (seen.has(file.href)) return [];
  seen.add(file.href);
  const source = readFileSync(file, 'utf8');
  const imports = [...source.matchAll(IMPORT)].flatMap(([, path]) =>
    collect(new URL(path ?? '', file), seen),
  );
  return [...imports, source.replaceAll(IMPORT, '').replaceAll(/^export /gm, '')];
}

/** The page's modules as one script: one scope, so names are unique across them (a clash fails here, at start). */
function bundle(): string {
  const source = `(() => {\n'use strict';\n${collect(MAIN, new Set()).join('\n')}\n})();`;
  new Script(source, { filename: 'wa-web-page.js' });
  return source.replaceAll('</script', '<\\/script');
}

/** The document of the simulated WhatsApp Web: everything in one file, as a web version cache wants it. */
export class PageDocument {
  readonly #script = bundle();

  html(settings: PageSettings, hold: boolean): string {
    const attribute = JSON.stringify(settings).replaceAll('"', '&quot;');
    return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>WhatsApp</title><link rel="icon" href="data:,"></head>
<body>
${hold ? `<img alt="" src="/hold?load=${settings.load}">` : ''}
<script data-settings="${attribute}">${this.#script}</script>
</body>
</html>
`;
  }
}
