import type { Faults } from './faults.js';

/** What the page and its server say to each other, as JSON over one WebSocket. */

export interface Credentials {
  phone: string;
  device: string;
  secret: string;
}

/** A sent message as it goes over the wire; `key` is its id with chat and direction, `id` the bare one. */
export interface WireMessage {
  id: string;
  key: string;
  to: string;
  type: string;
  t: number;
  body?: string;
  caption?: string;
  pollName?: string;
  pollOptions?: { name: string; localId: number }[];
  pollSelectableOptionsCount?: number;
  messageSecret?: number[];
  lat?: number;
  lng?: number;
  loc?: string;
  clientUrl?: string;
  vcardFormattedName?: string;
  vcardList?: { displayName: string; vcard: string }[];
  mimetype?: string;
  filename?: string;
  size?: number;
  filehash?: string;
  directPath?: string;
  isViewOnce?: boolean;
  isGif?: boolean;
  width?: number;
  height?: number;
  waveform?: number[];
  quotedStanzaID?: string;
  mentionedJidList?: { _serialized: string }[];
  title?: string;
  description?: string;
  matchedText?: string;
}

/** The options of a passkey, as WhatsApp's server sends them: bytes in base64url. */
export interface PasskeyOptionsJson {
  challenge: string;
  timeout: number;
  rpId: string;
  allowCredentials: { id: string; type: string }[];
  userVerification: string;
  extensions: Record<string, unknown>;
}

/** In what the page of a linking differs: set by the fault `passkey`. */
export interface PasskeyPageBuild {
  /** The page has none of the test ids, and no other button. */
  noTestIds?: boolean;
  /** Pressing Continue does nothing. */
  deadButton?: boolean;
  /** The socket stays UNPAIRED behind the screen. */
  keepsState?: boolean;
}

/** What the page read of the assertion: bytes in base64url. */
export interface WireAssertion {
  id: string;
  rawId: string;
  clientDataJSON: string;
  authenticatorData: string;
  signature: string;
  userHandle: string | null;
}

export type SocketState =
  | 'CONFLICT'
  | 'CONNECTED'
  | 'DEPRECATED_VERSION'
  | 'OPENING'
  | 'PAIRING'
  | 'PROXYBLOCK'
  | 'SMB_TOS_BLOCK'
  | 'TIMEOUT'
  | 'TOS_BLOCK'
  | 'UNLAUNCHED'
  | 'UNPAIRED'
  | 'UNPAIRED_IDLE';

export type PageFrame =
  | { t: 'hello'; load: number; credentials?: Credentials }
  | { t: 'page'; state: SocketState; synced: boolean }
  | { t: 'refresh' }
  | { t: 'paired' }
  | { t: 'passkeyAssertion'; assertion: WireAssertion }
  | { t: 'passkeyConfirmed' }
  | { t: 'synced' }
  | { t: 'knowsFaults'; n: number }
  | { t: 'obeys'; n: number }
  | { t: 'send'; message: WireMessage }
  | { t: 'seen'; chat: string }
  | { t: 'react'; message: string; emoji: string }
  | { t: 'received'; id: string }
  | { t: 'code'; n: number; phone: string }
  | { t: 'exists'; n: number; wid: string }
  | { t: 'dialog'; is: 'shown' | 'clicked'; label: string }
  | { t: 'loadedEarlier'; chat: string }
  | { t: 'logout'; n: number };

export type PageCommandName =
  | 'addFrame'
  | 'crash'
  | 'hang'
  | 'loadModules'
  | 'navigateAway'
  | 'pushState'
  | 'rejectPromise'
  | 'reload'
  | 'throwError';

export type OfflineFrame =
  | { t: 'message'; message: { id: string; chat: string; type: string; t: number; [name: string]: unknown } }
  | { t: 'vote'; vote: { id: string; poll: string; voter: string; localIds: number[]; at: number } }
  | { t: 'edit'; edit: { id: string; of: string; body: string; at: number } }
  | { t: 'revocation'; revocation: { id: string; of: string } }
  | {
      t: 'reaction';
      reaction: { id: string; of: string; sender: string; fromMe: boolean; text: string; at: number };
    }
  | {
      t: 'decryption';
      decryption: { id: string; of: string; content: { type: string; [name: string]: unknown } };
    }
  | { t: 'ack'; id: string; ack: number };

export type ServerFrame =
  | OfflineFrame
  | { t: 'ref'; ref: string }
  | { t: 'refsUsedUp' }
  | { t: 'paired'; credentials: Credentials }
  | { t: 'passkey'; options: PasskeyOptionsJson; build: PasskeyPageBuild }
  | { t: 'passkeyCode'; code: string; skip: boolean }
  | { t: 'passkeyError'; error: string }
  | { t: 'welcome'; account: { phone: string; lid: string; name: string } }
  | { t: 'offlineEnd' }
  | { t: 'finishSync' }
  | { t: 'loggedOut' }
  | { t: 'conflict' }
  | { t: 'state'; state: SocketState }
  | { t: 'faults'; n: number; faults: Faults }
  | { t: 'command'; n: number; command: PageCommandName; ms?: number }
  | { t: 'reply'; n: number; result?: unknown; error?: string };
