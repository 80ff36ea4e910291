import { Emitter } from './emitter.js';

/** What the page says of a linking that goes on beyond the scan: `link_device_events:<what>`. */
export const LinkDeviceEvents = new Emitter();

export const sayOfLinking = (what, ...values) =>
  LinkDeviceEvents.trigger(`link_device_events:${what}`, ...values);
