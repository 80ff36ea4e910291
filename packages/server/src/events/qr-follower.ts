/**
 * QrFollower: the codes of one instance as they change, until it is scanned and ready, or until nobody can scan any
 * more. It says what the instance says now; facts only tell it when to look.
 */
import {
  type Clock,
  type InstanceManager,
  type InstanceView,
  isLifecycleError,
  messageOf,
  type PasskeyView,
  type QrView,
} from '@wakeeper/lifecycle';
import { passkeyJson, qrJson } from '../routes/instance-json.js';
import { terminalQr } from '../routes/terminal-qr.js';
import { heartbeatFrame, openingFrame, streamFrame } from './event-frame.js';
import type { Feed, LiveStream } from './live-stream.js';

/** How what is followed is written down. */
export interface QrWriting {
  opening(): Uint8Array | null;
  code(code: QrView): Uint8Array;
  passkey(passkey: PasskeyView, id: string): Uint8Array;
  state(view: InstanceView): Uint8Array | null;
  /** The last that is said. */
  end(view: InstanceView): Uint8Array;
  heartbeat(): Uint8Array | null;
}

/** A reader that comes back with this id has seen the end. */
export const QR_END_ID = 'end';

const stateJson = ({ state, detail, wanted, reason }: InstanceView) => ({ state, detail, wanted, reason });

export const qrEvents = (clock: Clock): QrWriting => ({
  opening: () => openingFrame(null),
  code: (code) => streamFrame('qr', clock.now(), qrJson(code)),
  passkey: (passkey) => streamFrame('passkey', clock.now(), passkeyJson(passkey)),
  state: (view) => streamFrame('state', clock.now(), stateJson(view)),
  end: (view) => streamFrame('end', clock.now(), stateJson(view), QR_END_ID),
  heartbeat: () => heartbeatFrame(null),
});

const CLEAR = '\u001b[2J\u001b[3J\u001b[H';
const sentence = ({ id, state, detail, reason }: InstanceView): string =>
  `${id} is ${state} (${detail}).${reason ? ` ${reason}` : ''}\n`;

function passkeySentence(id: string, stage: PasskeyView['stage'], code: string | null): string {
  if (stage === 'assertion') return `WhatsApp asks for a passkey of the account: wakeeper passkey ${id}`;
  return stage === 'code'
    ? `Compare with the phone, and confirm it there: ${code}`
    : 'WhatsApp and the phone check the passkey.';
}

/** Each code in the place of the one before. */
export const qrScreen: QrWriting = {
  opening: () => null,
  code: ({ qr }) =>
    Buffer.from(`${CLEAR}${terminalQr(qr)}Scan it with the phone: Settings, Linked devices.\n`),
  passkey: ({ stage, code }, id) => Buffer.from(`${CLEAR}${passkeySentence(id, stage, code)}\n`),
  state: (view) => (view.state === 'needs_qr' ? null : Buffer.from(sentence(view))),
  end: (view) => Buffer.from(sentence(view)),
  heartbeat: () => null,
};

/** Nothing will come any more unless somebody asks anew. */
function isOver({ state, detail, wanted }: InstanceView): boolean {
  if (state === 'ready' || state === 'error') return true;
  return state === 'needs_qr' ? detail === 'expired' : wanted === 'stopped';
}

export class QrFollower implements Feed {
  readonly #manager: InstanceManager;
  readonly #id: string;
  readonly #stream: LiveStream;
  readonly #writing: QrWriting;
  readonly #unsubscribe: () => void;
  /** The last that is known of it, for the end of one that was removed. */
  #view: InstanceView;
  #said = '';
  #shown: string | null = null;
  #passkey = '';
  #looking: Promise<void> | null = null;
  #again = false;

  /** An expired code is asked for anew. @throws LifecycleError INSTANCE_NOT_FOUND */
  constructor(manager: InstanceManager, id: string, stream: LiveStream, writing: QrWriting) {
    this.#view = manager.get(id);
    this.#manager = manager;
    this.#id = id;
    this.#stream = stream;
    this.#writing = writing;
    const types = ['instance.state', 'instance.qr', 'passkey.required', 'passkey.code'] as const;
    this.#unsubscribe = manager.subscribe(() => void this.#look(), { instanceId: id, types });
  }

  async pull(): Promise<void> {
    if (this.#said !== '') return;
    const opening = this.#writing.opening();
    if (opening) this.#stream.push(opening);
    // The one time that a code is asked for: one that expires while it is followed stays so.
    await this.#code();
    await this.#look();
  }

  heartbeat(): Uint8Array | null {
    // While the store is away nobody tells facts.
    void this.#look();
    return this.#writing.heartbeat();
  }

  ended(): void {
    this.#unsubscribe();
  }

  /** Never rejects. What happens while it looks makes it look again. */
  #look(): Promise<void> {
    this.#again = true;
    this.#looking ??= this.#lookAll()
      .catch((error: unknown) => this.#stream.cut(messageOf(error)))
      .finally(() => {
        this.#looking = null;
      });
    return this.#looking;
  }

  async #lookAll(): Promise<void> {
    while (this.#again && !this.#stream.isOver) {
      this.#again = false;
      const isThere = this.#update();
      const said = `${this.#view.state} ${this.#view.detail}`;
      if (!isThere || isOver(this.#view)) {
        this.#stream.push(this.#writing.end(this.#view));
        this.#stream.end();
        return;
      }
      const frame = said === this.#said ? null : this.#writing.state(this.#view);
      this.#said = said;
      if (frame) this.#stream.push(frame);
      this.#sayPasskey();
      const code = this.#view.detail === 'showing' ? await this.#code() : null;
      if (!code || code.qr === this.#shown) continue;
      this.#shown = code.qr;
      this.#stream.push(this.#writing.code(code));
    }
  }

  /** Each stage once. */
  #sayPasskey(): void {
    const { passkey, id } = this.#view;
    const said = passkey ? `${passkey.stage} ${passkey.code} ${passkey.options.challenge}` : '';
    if (passkey && said !== this.#passkey) this.#stream.push(this.#writing.passkey(passkey, id));
    this.#passkey = said;
  }

  /** False once the instance is gone. */
  #update(): boolean {
    try {
      this.#view = this.#manager.get(this.#id);
      return true;
    } catch (error) {
      if (isLifecycleError(error, 'INSTANCE_NOT_FOUND')) return false;
      throw error;
    }
  }

  /** The code that is shown, or null while there is none. */
  async #code(): Promise<QrView | null> {
    try {
      return await this.#manager.qr(this.#id);
    } catch (error) {
      if (isLifecycleError(error)) return null;
      throw error;
    }
  }
}
