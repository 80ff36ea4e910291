/** What the process that is measured and the one around it say to each other, over the channel between them. */
import type { ItemStatus } from '@wakeeper/lifecycle';
import type { Sample } from './gauges.js';

export interface SoakedOptions {
  readonly seed: number;
  readonly simulated: number;
  /** Instances with a Chromium of their own. */
  readonly chromium: readonly string[];
  readonly warmUpMs: number;
  readonly chaosMs: number;
  /** Store, profiles. It exists, and is removed by who made it. */
  readonly folder: string;
  /** With which a Chromium finds the simulated WhatsApp Web. */
  readonly chromeArgs: readonly string[];
}

/** `trouble`: faults may strike. `rest`: none may strike any more, and what lasts must be mended. */
export type Phase = 'trouble' | 'rest';

/** Before the managers are made, at the start, at the end, and after the managers are closed. */
export type Look = 'before' | 'start' | 'end' | 'after';

/** An item as its queue has it at the end. */
export interface KeptItem {
  readonly queueId: string;
  readonly text: string;
  readonly status: ItemStatus;
  readonly errorCode: string | null;
}

export type FromSoaked =
  | { readonly type: 'phase'; readonly phase: Phase }
  /** An instance shows a code that somebody must scan. */
  | { readonly type: 'code'; readonly id: string; readonly qr: string }
  /** A receipt has named its item. */
  | { readonly type: 'accepted'; readonly id: string; readonly text: string }
  /** For a moment at least nobody knew whether it was sent, or a person has settled it. */
  | { readonly type: 'doubted'; readonly id: string; readonly queueId: string }
  /** With its queue. */
  | { readonly type: 'removed'; readonly id: string }
  /** What the simulated WhatsApp has of it since it was asked last. */
  | { readonly type: 'delivered'; readonly id: string; readonly texts: readonly string[] }
  | { readonly type: 'kept'; readonly id: string; readonly items: readonly KeptItem[] }
  | { readonly type: 'look'; readonly look: Look; readonly sample: Sample }
  /** How often something was done, or was seen. */
  | { readonly type: 'tally'; readonly tally: Readonly<Record<string, number>> }
  | { readonly type: 'progress'; readonly line: string }
  | { readonly type: 'violation'; readonly sentence: string };

/** The phase has come about: nothing of the phase before will happen any more. */
export interface ToSoaked {
  readonly type: 'phase';
  readonly phase: Phase;
}
