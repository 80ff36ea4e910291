import { settings } from './settings.js';

/** What this page is like, of all the editions there have been: see PageTraits in editions.ts. */
export const { traits } = settings;
