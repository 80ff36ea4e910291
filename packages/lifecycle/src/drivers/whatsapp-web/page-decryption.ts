/** Messages that become readable late. The function stands alone: it travels as its source. */
import type { PageMessageModel } from './page-messages.js';

interface DecryptionWorld {
  require(name: 'WAWebCollections'): {
    Msg: { on(event: string, listener: (message: TypedMessage) => void): void };
  };
  readonly WWebJS?: { getMessageModel(message: TypedMessage): object };
  /** Exposed by whatsapp-web.js. */
  readonly onAddMessageEvent?: (message: object) => Promise<void>;
  wakeeperWatchesDecryption?: boolean;
}
interface TypedMessage extends PageMessageModel {
  readonly type: string;
}

/**
 * The library waits for the key of a message that it saw arrive, once, and of no other: what was unreadable before this
 * document, and what the page does not expect to read at all, would change without an event. So the change of its type is
 * reported as its arrival; a repetition of that is left out later.
 */
export function watchDecryption(): void {
  const page = globalThis as unknown as DecryptionWorld;
  if (page.wakeeperWatchesDecryption) return;
  page.require('WAWebCollections').Msg.on('change:type', (message) => {
    if (message.type === 'revoked' || message.type === 'ciphertext') return;
    const model = page.WWebJS?.getMessageModel(message);
    if (model) page.onAddMessageEvent?.(model).catch(() => {});
  });
  // Not before: where a module is late, the call fails and is made again.
  page.wakeeperWatchesDecryption = true;
}
