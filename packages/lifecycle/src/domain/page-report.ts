/** What WhatsApp's page in a browser was seen to be able to do: the report of the self-test. */

/**
 * What a session needs of the page, by the names of HTTP, log and metrics. `core`: the modules without which nothing works.
 * `ids`: messages and chats have ids that can be read, also in copies that left the page. `inbound`: messages that come in
 * are told. The others are each one thing that can be asked of the page.
 */
export const PAGE_CAPABILITIES = [
  'core',
  'ids',
  'inbound',
  'sendText',
  'media',
  'acks',
  'reactions',
  'votes',
  'download',
  'lookUp',
  'history',
  'channels',
  'markRead',
  'preview',
  'pairing',
  'timelock',
] as const;
export type PageCapability = (typeof PAGE_CAPABILITIES)[number];

/** Without one of these a session is not worth the name: the instance is `error.incompatible`. */
export const REQUIRED_CAPABILITIES = ['core', 'ids', 'inbound'] as const satisfies readonly PageCapability[];

export interface CapabilityReport {
  readonly ok: boolean;
  /** What the page lacks for it: names of modules and functions of the page, and never anything of a person. */
  readonly missing: readonly string[];
}

export interface PageReport {
  /** The version that the page gives itself, or null where it gives none. */
  readonly version: string | null;
  /** The known edition of the page that it has the shape of, for example `2026-07`; `unknown` where it has that of none. */
  readonly edition: string;
  /** Chromium's version, for example `Chrome/156.0.8078.73`; null where no browser runs. */
  readonly browser: string | null;
  /** Version of the library that drives the page. */
  readonly library: string;
  /** The repairs of our layer that are in force in this page. */
  readonly layer: readonly string[];
  /** Epoch milliseconds. */
  readonly checkedAt: number;
  readonly capabilities: Readonly<Record<PageCapability, CapabilityReport>>;
  /**
   * What was seen to work in this page in the last minutes, whatever the probes say of it: an inbound message with an id proves
   * `core`, `ids` and `inbound`, an acknowledgement `core`, `ids` and `acks`.
   */
  readonly seenToWork: readonly PageCapability[];
}
