/** What WhatsApp does not let an account do for a time. */

/** The account may open no new chats; those that there are go on. */
export interface AccountRestriction {
  /** WhatsApp's own word, such as `RESTRICT_ALL_COMPANIONS`; `unknown` where the page does not say. */
  readonly kind: string;
  /** When it ends, epoch milliseconds, or null where the page does not say. */
  readonly until: number | null;
}
