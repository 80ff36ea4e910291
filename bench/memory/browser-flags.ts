/** Flags that are said to make Chromium smaller, each to be measured by itself, and what each may cost where it is set. */

export interface Candidate {
  readonly flag: string;
  readonly risk: string;
}

export const CANDIDATES: readonly Candidate[] = [
  {
    flag: '--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup',
    risk: 'None is known: the address bar has nobody who types. The names are those of one time; where a Chromium does not know them, nothing is saved.',
  },
  {
    flag: '--disable-features=SpareRendererForSitePerProcess',
    risk: 'A page that goes to another site waits for its renderer, some tens of milliseconds. WhatsApp Web stays on one site.',
  },
  {
    flag: '--disable-software-rasterizer',
    risk: 'No WebGL on a host without a graphics card. Pages, codes and screenshots are drawn without it.',
  },
  {
    flag: '--enable-low-end-device-mode',
    risk: 'Smaller caches and other behaviour of pages; it also changes what a page can see of its device.',
  },
  { flag: '--js-flags=--optimize-for-size', risk: 'Slower scripts.' },
  {
    flag: '--renderer-process-limit=1',
    risk: 'Pages of one site share a renderer sooner. It is not ours to take even that wall away.',
  },
  {
    flag: '--enable-features=NetworkServiceInProcess2',
    risk: 'What parses the network then runs inside the browser process: one wall less. Not for users.',
  },
];
