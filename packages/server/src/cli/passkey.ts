/** `wakeeper passkey`: leads a person through a link that WhatsApp wants confirmed with a passkey. */
import { setTimeout as pause } from 'node:timers/promises';
import { passkeySnippet } from '@wakeeper/lifecycle';
import { CommandError } from './command-error.js';
import { type InstanceAnswer, instanceAnswer } from './server-answers.js';
import type { ServerClient } from './server-client.js';
import { type ExitCode, jsonLine, type Terminal } from './terminal.js';

export interface PasskeyOptions {
  /** Seconds. */
  readonly wait: number;
  readonly json?: boolean | undefined;
}

type Asked = InstanceAnswer & { readonly passkey: NonNullable<InstanceAnswer['passkey']> };

const LOOK_EVERY_MS = 500;
/** The phone's confirmation, and a first sync of years of messages. */
const LINKED_WITHIN_MS = 20 * 60_000;
/** More than any assertion: what does not end in time is something else. */
const LONGEST_INPUT = 64 * 1024;

export async function passkey(
  terminal: Terminal,
  client: ServerClient,
  id: string,
  { wait, json = false }: PasskeyOptions,
): Promise<ExitCode> {
  const asked = await untilAsked(terminal, client, id, wait);
  if (asked.passkey?.stage === 'assertion') {
    show(terminal, asked as Asked, json);
    const assertion = await readAssertion(terminal, asked.passkey.expiresAt);
    await client.ask({
      method: 'POST',
      path: `/v1/instances/${id}/passkey`,
      body: { assertion },
      id,
      answer: instanceAnswer,
    });
    if (!json) terminal.err('WhatsApp has it. Keep the phone at hand.\n');
  }
  const linked = await untilLinked(terminal, client, id, json);
  const account = linked.me ? ` as ${linked.me.pushName ?? linked.me.id} (${linked.me.id})` : '';
  const { state, me } = linked;
  terminal.out(json ? jsonLine({ id, state, me }) : `${id} is ready${account}.\n`);
  return 0;
}

const look = (client: ServerClient, id: string): Promise<InstanceAnswer> =>
  client.ask({ path: `/v1/instances/${id}`, id, answer: instanceAnswer });

/** The instance that waits for a passkey, or needs none any more. @throws CommandError NO_PASSKEY */
async function untilAsked(
  terminal: Terminal,
  client: ServerClient,
  id: string,
  waitS: number,
): Promise<InstanceAnswer> {
  const until = performance.now() + waitS * 1000;
  for (let isTold = false; ; isTold = true) {
    const instance = await look(client, id);
    if (instance.passkey || instance.state === 'ready') return instance;
    if (performance.now() >= until || instance.wanted === 'stopped')
      throw new CommandError(
        'NO_PASSKEY',
        `WhatsApp asks for no passkey of ${id}: it is ${instance.state} (${instance.detail}).`,
        `Show its code with \`wakeeper qr ${id} --start\` and scan it; only some accounts are asked for a passkey then.`,
      );
    if (!isTold) terminal.err(`Waiting until ${id} is scanned and WhatsApp asks for a passkey.\n`);
    await pause(LOOK_EVERY_MS);
  }
}

function show({ out }: Terminal, { id, passkey: { options, expiresAt } }: Asked, json: boolean): void {
  if (json) {
    out(jsonLine({ id, options, expiresAt }));
    return;
  }
  out(`WhatsApp asks for the passkey of the account that ${id} is linked with, until ${expiresAt}.

1. Open https://web.whatsapp.com in a browser that has the passkey, or reaches it on the phone.
   It need not be linked, and you scan nothing there.
2. Open its developer tools (F12), docked in the window, and paste this into the console:

${passkeySnippet(options)}

3. Confirm with the passkey. The console prints one line of JSON.
4. Paste that line here and press Enter. It is good for this link alone; do not show it to others.

`);
}

/** The lines up to where they are whole JSON. @throws CommandError INVALID_INPUT, which shows nothing of them; TIMEOUT */
async function readAssertion({ lines, err }: Terminal, expiresAt: string): Promise<unknown> {
  const invalid = (what: string) =>
    new CommandError(
      'INVALID_INPUT',
      what,
      'Run the command again, and paste what the console prints, whole.',
    );
  let text = '';
  const late = new AbortController();
  const expired = pause(Math.max(0, Date.parse(expiresAt) - Date.now()), null, { signal: late.signal });
  const input = lines?.()[Symbol.asyncIterator]();
  if (!input) throw invalid('Nothing can be read here.');
  try {
    for (;;) {
      const read = await Promise.race([input.next(), expired]);
      if (read === null)
        throw new CommandError('TIMEOUT', 'The time for the passkey is over.', 'Scan the code again.');
      if (read.done) throw invalid('The input ended before there was an assertion.');
      text += read.value;
      if (text.length > LONGEST_INPUT) throw invalid('That is no assertion.');
      // A whole line counts also behind half of one.
      const json = jsonIn(text) ?? jsonIn(read.value);
      if (json !== undefined) return json;
      if (text.trim() === '' || text.trimStart().startsWith('{')) continue;
      err('That is no assertion: it begins with "{". Paste the line that the console prints.\n');
      text = '';
    }
  } finally {
    late.abort();
    expired.catch(() => undefined);
    void input.return?.().catch(() => undefined);
  }
}

/** Undefined while it is not whole. */
function jsonIn(text: string): unknown {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{') || !trimmed.endsWith('}')) return undefined;
  try {
    return JSON.parse(trimmed) as unknown;
  } catch {
    // It breaks off behind an inner brace, and goes on in the next line.
    return undefined;
  }
}

/** Ready, after the code was shown that a person compares. @throws CommandError where the link came to nothing */
async function untilLinked(
  terminal: Terminal,
  client: ServerClient,
  id: string,
  json: boolean,
): Promise<InstanceAnswer> {
  let shown: string | null = null;
  const until = performance.now() + LINKED_WITHIN_MS;
  for (;;) {
    const instance = await look(client, id);
    const { state, detail, reason, passkey: link, wanted } = instance;
    if (state === 'ready') return instance;
    if (link?.code && link.code !== shown) {
      shown = link.code;
      terminal.out(
        json
          ? jsonLine({ id, code: link.code, stage: link.stage })
          : `${codeSentence(link.stage, link.code)}\n`,
      );
    }
    const isOver = wanted === 'stopped' || state === 'error' || (state === 'needs_qr' && !link);
    if (isOver)
      throw new CommandError(
        wanted === 'stopped' ? 'INSTANCE_STOPPED' : 'NOT_LINKED',
        `${id} was not linked: it is ${state} (${detail}). ${reason ?? ''}`.trim(),
        `Begin again with \`wakeeper qr ${id} --start\`.`,
      );
    if (performance.now() > until)
      throw new CommandError(
        'TIMEOUT',
        `${id} is ${state} (${detail}) for a long time. ${reason ?? ''}`.trim(),
        '`wakeeper instances` says how it goes on.',
      );
    await pause(LOOK_EVERY_MS);
  }
}

const codeSentence = (stage: string, code: string): string =>
  stage === 'code'
    ? `The phone shows a code too. Is it this one? Then confirm it there: ${code}`
    : `The code of the link is ${code}; it needs no comparing.`;
