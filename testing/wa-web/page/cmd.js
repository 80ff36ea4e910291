import { Emitter } from './emitter.js';

/** The page's own command bus. */
export const Cmd = new Emitter();
