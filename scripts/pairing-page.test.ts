import { readFileSync } from 'node:fs';
import { PASSKEY_SNIPPET } from '@wakeeper/lifecycle';
import { expect, test } from 'vitest';

test('docs/pairing.md shows the snippet as the command prints it', () => {
  const page = readFileSync(new URL('../docs/pairing.md', import.meta.url), 'utf8');
  expect(page).toContain(`\`\`\`js\n${PASSKEY_SNIPPET}\n\`\`\``);
});
