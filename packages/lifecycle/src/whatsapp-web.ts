/** The driver over whatsapp-web.js. A door of its own, since it needs the library and a Chromium. */
import { WhatsAppWebDriver } from './drivers/whatsapp-web/whatsapp-web-driver.js';
import type { WhatsAppWebOptions } from './drivers/whatsapp-web/whatsapp-web-options.js';
import type { Driver } from './ports/driver.js';

export { findBrowser } from './drivers/whatsapp-web/browser-finder.js';
export { containPipeErrors } from './drivers/whatsapp-web/browser-pipes.js';
export type { BrowserTrial, BrowserTrialOptions } from './drivers/whatsapp-web/browser-trial.js';
export { tryBrowser } from './drivers/whatsapp-web/browser-trial.js';
export type { FoundProfile } from './drivers/whatsapp-web/found-profiles.js';
export { findProfiles } from './drivers/whatsapp-web/found-profiles.js';
export { containLibraryRejections } from './drivers/whatsapp-web/library-rejections.js';
export { ownerOfProfiles } from './drivers/whatsapp-web/lock-inspection.js';
export type { PageCheck, PageCheckOptions } from './drivers/whatsapp-web/page-check.js';
export { checkPage } from './drivers/whatsapp-web/page-check.js';
export type { DriverNotice, WhatsAppWebOptions } from './drivers/whatsapp-web/whatsapp-web-options.js';

/**
 * A driver that runs each instance in a Chromium of its own, with its profile below `authBaseDir`. The directory is locked
 * at the first use and given up by `shutdown()`.
 */
export const whatsappWebDriver = (options: WhatsAppWebOptions): Driver => new WhatsAppWebDriver(options);
