import { connection } from './connection.js';
import { sayOfLinking } from './link-device-events.js';
import { Socket } from './me.js';

/**
 * The screen after a scan that WhatsApp wants confirmed with a passkey: prompt, pending, waiting for the phone, a code to
 * compare, or an error. Nothing happens before Continue is pressed.
 */
let screen;
/** How this build of the page differs: see the fault. */
let build = {};

const bytesOf = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
const textOf = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

function element(name, testId, text, ...children) {
  const made = document.createElement(name);
  if (testId && !build.noTestIds) made.dataset.testid = testId;
  if (text) made.append(text);
  made.append(...children);
  return made;
}

function button(testId, text, press) {
  const made = element('button', testId, text);
  made.onclick = press;
  return made;
}

function closeScreen() {
  screen?.remove();
  screen = undefined;
}

function showCard(...content) {
  closeScreen();
  const card = element('div', 'shortcake_passkey_prompt_card', '', ...content);
  screen = element('div', 'shortcake_passkey_screen', '', card);
  document.body.append(screen);
}

function fail(error) {
  showCard(element('p', undefined, 'Something went wrong'));
  sayOfLinking('shortcake_error', { error: String(error?.name ?? error) });
}

async function ask(options) {
  showCard(element('p', undefined, 'Waiting for your passkey'));
  try {
    const credential = await self.navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: bytesOf(options.challenge),
        allowCredentials: options.allowCredentials.map((one) => ({ ...one, id: bytesOf(one.id) })),
      },
    });
    if (credential === null || credential.type !== 'public-key') throw new Error('no passkey');
    const { clientDataJSON, authenticatorData, signature, userHandle } = credential.response;
    connection.send({
      t: 'passkeyAssertion',
      assertion: {
        id: credential.id,
        rawId: textOf(credential.rawId),
        clientDataJSON: textOf(clientDataJSON),
        authenticatorData: textOf(authenticatorData),
        signature: textOf(signature),
        userHandle: userHandle === null ? null : textOf(userHandle),
      },
    });
    showCard(element('p', undefined, 'Waiting for your phone'));
  } catch (error) {
    fail(error);
  }
}

connection.on('frame:passkey', ({ options, build: given }) => {
  build = given;
  if (!build.keepsState) Socket.set({ state: 'PAIRING' });
  const press = build.deadButton ? () => {} : () => void ask(options);
  showCard(
    element('p', undefined, 'Use a passkey to link this device'),
    button('shortcake_passkey_continue_button', 'Continue', press),
    ...(build.noTestIds ? [] : [button('shortcake_cancel_button', 'Cancel', () => closeScreen())]),
  );
  sayOfLinking('shortcake_prologue_sent');
});

connection.on('frame:passkeyCode', ({ code, skip }) => {
  showCard(
    element('p', undefined, 'Does your phone show this code?'),
    element('p', undefined, code),
    ...(skip ? [] : [button(undefined, 'Confirm', () => connection.send({ t: 'passkeyConfirmed' }))]),
  );
  sayOfLinking('shortcake_verification_code_ready', { code, skipVerification: skip });
  if (skip) connection.send({ t: 'passkeyConfirmed' });
});

connection.on('frame:passkeyError', ({ error }) => fail(error));
connection.on('frame:paired', closeScreen);
