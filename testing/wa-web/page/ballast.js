import { settings } from './settings.js';

/**
 * Memory that the page holds for as long as it lives, written to, since the kernel backs nothing that is only reserved.
 * One array a MB: the real page's memory is in many pieces, too.
 */
window.ballast = Array.from({ length: settings.ballastMb }, () => new Uint8Array(1_000_000).fill(1));
