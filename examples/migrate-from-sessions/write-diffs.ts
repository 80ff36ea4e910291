/** `npm run diffs`: writes what each phase changes into its README. */
import { writeFileSync } from 'node:fs';
import { phaseReadmes } from './phase-diffs.js';

for (const { path, due } of phaseReadmes()) writeFileSync(path, due);
