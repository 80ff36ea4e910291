/** `wakeeper qr`: the code of an instance in the terminal, as it changes, until a phone has scanned it. */
import { setTimeout as pause } from 'node:timers/promises';
import { terminalQr } from '../routes/terminal-qr.js';
import { CommandError } from './command-error.js';
import { type InstanceAnswer, instanceAnswer, qrAnswer } from './server-answers.js';
import { remedyOf, type ServerClient } from './server-client.js';
import { type ExitCode, jsonLine, type Terminal } from './terminal.js';

export interface QrOptions {
  readonly create?: boolean | undefined;
  readonly start?: boolean | undefined;
  /** Seconds. */
  readonly wait: number;
  readonly json?: boolean | undefined;
}

const LOOK_EVERY_MS = 500;
/** How long one question may wait for a code: a browser may have to be launched first. */
const CODE_WAIT_S = 20;
const CLEAR = '\u001b[J';

export async function qr(
  terminal: Terminal,
  client: ServerClient,
  id: string,
  options: QrOptions,
): Promise<ExitCode> {
  const until = performance.now() + options.wait * 1000;
  const screen = new CodeScreen(terminal, id, options.json ?? false);
  let instance = await present(terminal, client, id, options);
  for (;;) {
    if (instance.state === 'ready') {
      screen.ready(instance);
      return 0;
    }
    refuseInVain(instance);
    const left = until - performance.now();
    if (left <= 0) throw tooLate(instance, options.wait);
    if (instance.state !== 'needs_qr' || instance.passkey) screen.say(instance);
    // The server answers as soon as a code is shown, or will not be.
    const code = await currentCode(client, id, Math.min(CODE_WAIT_S, left / 1000));
    if (code) screen.show(code.qr, code.expiresAt);
    await pause(Math.max(0, Math.min(LOOK_EVERY_MS, until - performance.now())));
    instance = await look(client, id);
  }
}

const look = (client: ServerClient, id: string): Promise<InstanceAnswer> =>
  client.ask({ path: `/v1/instances/${id}`, id, answer: instanceAnswer });

/** The instance, made or started first where that was asked for. */
async function present(
  terminal: Terminal,
  client: ServerClient,
  id: string,
  { create, start }: QrOptions,
): Promise<InstanceAnswer> {
  const method = 'POST';
  try {
    const instance = await look(client, id);
    const isDown = instance.wanted === 'stopped' || instance.detail === 'halted';
    if (!isDown || !start) return instance;
    terminal.err(`Starting ${id}.\n`);
    return await client.ask({ method, path: `/v1/instances/${id}/start`, id, answer: instanceAnswer });
  } catch (error) {
    if (!create || !(error instanceof CommandError) || error.code !== 'INSTANCE_NOT_FOUND') throw error;
    terminal.err(`Creating ${id}.\n`);
    return await client.ask({ method, path: '/v1/instances', body: { id }, id, answer: instanceAnswer });
  }
}

/** Undefined when there is none, or none yet: the instance itself says why. */
async function currentCode(client: ServerClient, id: string, waitS: number) {
  const question = { path: `/v1/instances/${id}/qr?wait=${waitS.toFixed(3)}`, waitMs: waitS * 1000, id };
  try {
    return await client.ask({ ...question, answer: qrAnswer });
  } catch (error) {
    if (error instanceof CommandError && (error.code === 'NO_QR' || error.code === 'TIMEOUT'))
      return undefined;
    throw error;
  }
}

/** @throws CommandError where no code will ever come by waiting. */
function refuseInVain({ id, state, wanted, detail, reason }: InstanceAnswer): void {
  if (wanted === 'stopped')
    throw new CommandError('INSTANCE_STOPPED', `${id} is stopped.`, remedyOf('INSTANCE_STOPPED', id));
  if (state === 'error' && detail === 'halted')
    throw new CommandError(
      'INSTANCE_ERROR',
      `${id} is halted: ${reason ?? 'no reason was given.'}`,
      `Mend that, then \`wakeeper qr ${id} --start\`. \`wakeeper doctor\` looks at this machine.`,
    );
}

const tooLate = ({ id, state, reason }: InstanceAnswer, waitS: number): CommandError =>
  new CommandError(
    'TIMEOUT',
    `${id} was not ready within ${waitS} s: it is ${state}${reason ? ` (${reason})` : ''}.`,
    state === 'needs_qr'
      ? `Scan it with WhatsApp on the phone: Settings, Linked devices. Ask again: wakeeper qr ${id}`
      : `Ask again: wakeeper qr ${id}`,
  );

/** What is on the screen: one code, drawn over the one before where a person looks. */
class CodeScreen {
  readonly #terminal: Terminal;
  readonly #id: string;
  readonly #json: boolean;
  #shown = '';
  #said = '';
  #lines = 0;

  constructor(terminal: Terminal, id: string, json: boolean) {
    this.#terminal = terminal;
    this.#id = id;
    this.#json = json;
  }

  show(code: string, expiresAt: string): void {
    if (code === this.#shown) return;
    this.#shown = code;
    if (this.#json) {
      this.#terminal.out(jsonLine({ id: this.#id, qr: code, expiresAt }));
      return;
    }
    const picture = `${terminalQr(code)}Scan it with WhatsApp on the phone of ${this.#id}: Settings, Linked devices.\n`;
    const over = this.#terminal.isTTY && this.#lines > 0 ? `\u001b[${this.#lines}A${CLEAR}` : '';
    this.#terminal.out(over + picture);
    this.#lines = picture.split('\n').length - 1;
  }

  /** How it is, while there is no code. */
  say({ state, reason }: InstanceAnswer): void {
    const sentence = `${this.#id} is ${state}${reason ? `: ${reason}` : ''}`;
    if (sentence === this.#said) return;
    this.#said = sentence;
    this.#lines = 0;
    this.#terminal.err(`${sentence}\n`);
  }

  ready({ id, state, me }: InstanceAnswer): void {
    const account = me ? ` as ${me.pushName ?? me.id} (${me.id})` : '';
    this.#terminal.out(this.#json ? jsonLine({ id, state, me }) : `${id} is ready${account}.\n`);
  }
}
